"""How well `bellwether multivariate` and scikit-learn's isolation forest tell planted anomalies from the rest.

    build/bench/python/bin/python tests/bench/peers/python/multivariate_quality.py build/bench/server/app/bellwether

Five generated sets of 5,000 rows with 50 anomalies each; areas under the ROC curve and average precision.
"""

import csv
import io
import subprocess
import sys

import numpy
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

ROWS, PLANTED = 5000, 50
METHODS = ("isolation-forest", "extended-isolation-forest", "one-class-svm", "random-cut-forest", "ensemble")
random = numpy.random.default_rng(7)


def planted() -> tuple[numpy.ndarray, numpy.ndarray]:
    truth = numpy.zeros(ROWS)
    where = random.choice(ROWS, PLANTED, replace=False)
    truth[where] = 1
    return truth, where


def clusters():
    """Two clusters in 8 dimensions; anomalies anywhere."""
    rows = numpy.where(random.random(ROWS)[:, None] < 0.5, 0, 6) + random.standard_normal((ROWS, 8))
    truth, where = planted()
    rows[where] = random.uniform(-4, 10, (PLANTED, 8))
    return rows, truth


def heavy_tails():
    """Student's t with 3 degrees; anomalies 8 off in some of 8 features."""
    rows = random.standard_t(3, (ROWS, 8))
    truth, where = planted()
    rows[where] += random.choice([-8, 8], (PLANTED, 8)) * (random.random((PLANTED, 8)) < 0.3)
    return rows, truth


def sine():
    """Rows along a sine; anomalies off it."""
    angle = random.uniform(0, 2 * numpy.pi, ROWS)
    height = numpy.sin(angle) + 0.1 * random.standard_normal(ROWS)
    truth, where = planted()
    height[where] = random.uniform(-2, 2, PLANTED)
    return numpy.c_[angle, height], truth


def relation():
    """Six features that go together; anomalies in which one does not, each number being usual."""
    rows = random.standard_normal(ROWS)[:, None] + 0.2 * random.standard_normal((ROWS, 6))
    truth, where = planted()
    rows[where, 0] = 1.5 * random.standard_normal(PLANTED)
    return rows, truth


def zeros():
    """Lognormal features in units of their own; anomalies in which two are 0."""
    rows = numpy.exp(1.5 * random.standard_normal((ROWS, 4))) * 10.0 ** numpy.arange(4)
    truth, where = planted()
    rows[where, :2] = 0
    return rows, truth


def bellwether(program: str, method: str, rows: numpy.ndarray) -> numpy.ndarray:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["feature", "timestamp", "value"])
    for feature in range(rows.shape[1]):
        writer.writerows([f"f{feature}", 1_700_000_000 + 60 * i, repr(float(v))] for i, v in enumerate(rows[:, feature]))
    done = subprocess.run([program, "multivariate", "--series-column", "feature", "--method", method],
                          input=table.getvalue(), capture_output=True, text=True, check=True)
    return numpy.array([-float(row["p_value"]) for row in csv.DictReader(io.StringIO(done.stdout))])


def main() -> None:
    program = sys.argv[1]
    print("set | scikit-learn | " + " | ".join(METHODS))
    for generate in (clusters, heavy_tails, sine, relation, zeros):
        rows, truth = generate()
        scores = [-IsolationForest(random_state=1).fit(rows).score_samples(rows)]
        scores += [bellwether(program, method, rows) for method in METHODS]
        cells = [f"{roc_auc_score(truth, s):.3f} / {average_precision_score(truth, s):.2f}" for s in scores]
        print(f"{generate.__name__} | " + " | ".join(cells))


if __name__ == "__main__":
    main()
