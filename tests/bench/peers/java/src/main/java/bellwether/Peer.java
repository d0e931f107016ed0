package bellwether;

import com.amazon.randomcutforest.parkservices.AnomalyDescriptor;
import com.amazon.randomcutforest.parkservices.ThresholdedRandomCutForest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Times AWS's thresholded random cut forest on the first series of the array that {@code detection_bench
 * --write_array=FILE} writes: little-endian doubles, series by series. Arguments: FILE SERIES POINTS ROUNDS. Prints one
 * JSON line a shingle size; the first round warms the compiler up and is not in it. The forest has the library's
 * defaults; each series has a forest of its own.
 */
public final class Peer {
  private static final long MINUTE = 60;
  private static final long START = 1_795_132_800L;

  private Peer() {}

  private static double[][] readArray(String path, int series, int points) throws IOException {
    byte[] bytes = new byte[series * points * Double.BYTES];
    try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
      file.readFully(bytes);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    double[][] array = new double[series][points];
    for (double[] values : array) {
      buffer.asDoubleBuffer().get(values);
      buffer.position(buffer.position() + points * Double.BYTES);
    }
    return array;
  }

  private static int alarms(double[] values, int shingle, long seed) {
    ThresholdedRandomCutForest forest =
        ThresholdedRandomCutForest.builder().dimensions(shingle).shingleSize(shingle).randomSeed(seed).build();
    int alarms = 0;
    long time = START;
    for (double value : values) {
      AnomalyDescriptor verdict = forest.process(new double[] {value}, time);
      alarms += verdict.getAnomalyGrade() > 0 ? 1 : 0;
      time += MINUTE;
    }
    return alarms;
  }

  private static void measure(double[][] array, int shingle, int rounds) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    List<String> cpu = new ArrayList<>();
    List<String> wall = new ArrayList<>();
    int alarms = 0;
    for (int round = 0; round <= rounds; ++round) {
      long cpuStart = threads.getCurrentThreadCpuTime();
      long start = System.nanoTime();
      alarms = 0;
      for (int s = 0; s < array.length; ++s) {
        alarms += alarms(array[s], shingle, s);
      }
      double cpuSeconds = (threads.getCurrentThreadCpuTime() - cpuStart) * 1e-9;
      double wallSeconds = (System.nanoTime() - start) * 1e-9;
      if (round > 0) {
        cpu.add(String.format(Locale.ROOT, "%.6f", cpuSeconds));
        wall.add(String.format(Locale.ROOT, "%.6f", wallSeconds));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "{\"peer\":\"randomcutforest-parkservices 4.4.0\",\"case\":\"shingle %d\",\"series\":%d,\"points\":%d,"
            + "\"cpu\":[%s],\"wall\":[%s],\"alarms\":%d}%n",
        shingle, array.length, array[0].length, String.join(",", cpu), String.join(",", wall), alarms);
  }

  /** Runs the measurement; see the class. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 4) {
      System.err.println("Usage: bellwether.Peer FILE SERIES POINTS ROUNDS");
      System.exit(2);
    }
    double[][] array =
        readArray(arguments[0], Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    int rounds = Integer.parseInt(arguments[3]);
    measure(array, 1, rounds);
    measure(array, 8, rounds);
  }
}
