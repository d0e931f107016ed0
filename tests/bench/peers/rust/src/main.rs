//! Times the outlier detectors of augurs on the array that `detection_bench --write_array=FILE` writes: little-endian
//! doubles, series by series. Arguments: FILE SERIES POINTS ROUNDS. Prints one JSON line a detector; the seconds are those
//! of preprocessing and detection, on one thread, `cpu` its processor time.

use std::time::Instant;

use augurs::outlier::{DbscanDetector, MADDetector, OutlierDetector};

#[repr(C)]
struct TimeSpec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, time: *mut TimeSpec) -> i32;
}

/// Processor time of this thread.
fn cpu_seconds() -> f64 {
    const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
    let mut time = TimeSpec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the struct has the layout of Linux's 64-bit timespec and outlives the call.
    unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.seconds as f64 + time.nanoseconds as f64 * 1e-9
}

fn read_array(path: &str, series: usize, points: usize) -> Vec<Vec<f64>> {
    let bytes = std::fs::read(path).expect("the array file must be readable");
    assert_eq!(bytes.len(), series * points * 8, "the array file has another size");
    let values: Vec<f64> = bytes
        .chunks_exact(8)
        .map(|chunk| f64::from_le_bytes(chunk.try_into().unwrap()))
        .collect();
    values.chunks_exact(points).map(<[f64]>::to_vec).collect()
}

fn measure<D: OutlierDetector>(name: &str, detector: &D, array: &[&[f64]], rounds: usize) {
    let mut cpu = Vec::new();
    let mut wall = Vec::new();
    let mut outlying = 0;
    for _ in 0..rounds {
        let (start, cpu_start) = (Instant::now(), cpu_seconds());
        let data = detector.preprocess(array).expect("the array is fit for preprocessing");
        let output = detector.detect(&data).expect("detection must succeed");
        cpu.push(cpu_seconds() - cpu_start);
        wall.push(start.elapsed().as_secs_f64());
        outlying = output.outlying_series.len();
    }
    println!(
        "{{\"peer\":\"augurs 0.10.3\",\"case\":\"{name}\",\"series\":{},\"points\":{},\"cpu\":{cpu:?},\"wall\":{wall:?},\
         \"outlying\":{outlying}}}",
        array.len(),
        array[0].len()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, series, points, rounds] = arguments.as_slice() else {
        eprintln!("Usage: bellwether-peer-augurs FILE SERIES POINTS ROUNDS");
        std::process::exit(2);
    };
    let number = |text: &String| text.parse::<usize>().expect("a count must be a number");
    let owned = read_array(path, number(series), number(points));
    let array: Vec<&[f64]> = owned.iter().map(Vec::as_slice).collect();
    let rounds = number(rounds);
    measure("MAD", &MADDetector::with_sensitivity(0.5).unwrap(), &array, rounds);
    measure("DBSCAN", &DbscanDetector::with_sensitivity(0.5).unwrap(), &array, rounds);
}
