"""What scikit-learn's isolation forest takes for the rows that multivariate_bench scores, and what it says of them.

    python3 -m venv build/bench/python && build/bench/python/bin/pip install -r tests/bench/peers/python/requirements.txt
    build/bench/python/bin/python tests/bench/peers/python/isolation_forest.py

One core, the default 100 trees of 256 rows, a week of minutes scored in one call, the best of several calls by processor
time, as multivariate_bench counts it too: other work on the machine must not decide the ratio.
"""

import argparse
import os
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy
import sklearn
from sklearn.ensemble import IsolationForest

ROWS = 10_080


def nanoseconds_per_row(features: int, calls: int) -> float:
    rows = numpy.random.default_rng(1).standard_normal((ROWS, features))
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=1, n_jobs=1).fit(rows)
    best = float("inf")
    for _ in range(calls):
        start = time.process_time()
        forest.score_samples(rows)
        best = min(best, time.process_time() - start)
    return best / ROWS * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=5)
    arguments = parser.parse_args()
    print(f"scikit-learn {sklearn.__version__}")
    for features in (2, 8, 32):
        print(f"{features:3} features: {nanoseconds_per_row(features, arguments.calls):8.0f} ns a row")


if __name__ == "__main__":
    main()
