"""Times ruptures' PELT (L2, least segment 5) beside `bellwether changepoints` on the same noise with steps.

    ruptures_pelt.py [POINTS [STRUCTURE_BENCH]]

Prints the processor time of one search of PELT; STRUCTURE_BENCH is the built `structure_bench`, run in the same minute on
series of the same length and number of steps.
"""

import subprocess
import sys
import time

import numpy as np
import ruptures


def main():
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    random = np.random.default_rng(42)
    for steps in (1, 6):
        values = random.normal(size=points) + 5 * (np.arange(points) * steps // points % 3)
        start = time.process_time()
        found = ruptures.Pelt(model="l2", min_size=5, jump=1 if points <= 2000 else 5).fit_predict(
            values, pen=3 * np.log(points))
        print(f"ruptures PELT, {points} points, {steps} segments: {time.process_time() - start:.3f} s, "
              f"{len(found) - 1} found")
    if len(sys.argv) > 2:
        subprocess.run([sys.argv[2], f"--benchmark_filter=Changes/{points}/"], check=True)


if __name__ == "__main__":
    main()
