"""Detection against other libraries, side by side in one run: appends a table to the report of tests/bench/run.sh.

    tests/bench/detection_report.py --benches build/bench/tests/bench --report build/bench/report.md

Every program scores the same array, in turns, and the medians of its processor times are compared. Peers are optional:
one whose tools are missing, or that cannot be built, is named in the report and left out.
"""

import json
import pathlib
import re
import statistics
import subprocess
import sys

from report_parts import (PEERS, Machine, Row, append_report, build, google_benchmark, met, milliseconds,
                          report_options, times, virtual_environment, with_range)

STREAM = "BankThousand/by_default"
ALONE = "StreamThousand/by_default"
GROUP = "GroupOutliersOfThousand"
SERIES, POINTS = 1000, 1440
FOREST_SERIES = 20  # a part of the array: the whole would take minutes


def build_peers(output: pathlib.Path, problems: list[str]) -> dict[str, list[str]]:
    """The command of each peer that is there, without rounds."""
    commands = {}
    array = str(output / "array.f64")
    rust = output / "rust"
    if build("augurs", ["cargo"],
             ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", str(PEERS / "rust/Cargo.toml")],
             {"CARGO_TARGET_DIR": str(rust), "RUSTFLAGS": "-C target-cpu=native"}, problems):
        commands["augurs"] = [str(rust / "release/bellwether-peer-augurs"), array, str(SERIES), str(POINTS)]
    java = output / "java"
    if build("The random cut forest", ["java", "javac", "mvn"],
             ["mvn", "-q", "-B", "-f", str(PEERS / "java/pom.xml"), f"-Dpeer.build={java}", "package"], {}, problems):
        commands["forest"] = ["java", "-Xmx1g", "-cp", f"{java}/classes:{java}/dependency/*", "bellwether.Peer", array,
                              str(FOREST_SERIES), str(POINTS)]
    return commands


def build_scikit_learn(output: pathlib.Path, problems: list[str]) -> list[str] | None:
    """Its command, in a virtual environment of its own."""
    python = virtual_environment("scikit-learn", output / "python", PEERS / "python/requirements.txt", problems)
    return [python, str(PEERS / "python/isolation_forest.py")] if python else None


class Samples:
    """Processor seconds by program and case; a sample is one scoring of what the case scores."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[str, str], list[float]] = {}
        self.series: dict[tuple[str, str], int] = {}

    def add(self, text: str) -> None:
        for line in text.splitlines():
            entry = json.loads(line)
            key = entry["peer"], entry["case"]
            self.seconds.setdefault(key, []).extend(entry["cpu"])
            self.series[key] = entry["series"]

    def of_all_series(self, key: tuple[str, str]) -> float:
        return statistics.median(self.seconds[key]) * SERIES / self.series[key]


def measure(machine: Machine, bench: pathlib.Path, commands: dict[str, list[str]],
            rounds: int) -> tuple[dict[str, list[float]], Samples]:
    """Bellwether's seconds by benchmark, and those of the peers."""
    ours: dict[str, list[float]] = {STREAM: [], f"{GROUP}/mad": [], f"{GROUP}/dbscan": []}
    samples = Samples()
    for number in range(rounds):
        print(f"detection: round {number + 1} of {rounds} ...", file=sys.stderr)
        found = google_benchmark(machine, bench, "|".join(f"{name}$" for name in ours))
        for name, seconds in ours.items():
            seconds.append(found[name]["seconds"])
        if "augurs" in commands:
            samples.add(machine.run(commands["augurs"] + ["3"]))
        if "forest" in commands:
            samples.add(machine.run(commands["forest"] + ["1"]))
    return ours, samples


def group_rows(ours: dict[str, list[float]], samples: Samples) -> list[Row]:
    """Finding the series unlike the others, which is what augurs' detectors do."""
    rows = []
    for name, case in (("mad", "MAD"), ("dbscan", "DBSCAN")):
        seconds = ours[f"{GROUP}/{name}"]
        here = statistics.median(seconds)
        row = Row(f"group outliers, {name}, {SERIES:,} × {POINTS:,} points", with_range(seconds), required="≤ 20 ms",
                  verdict=met(here <= 0.02))
        for key in samples.seconds:
            if key[0].startswith("augurs") and key[1] == case:
                there = samples.of_all_series(key)
                row.peer, row.ratio = f"{key[0]}, {case}: {milliseconds(there)}", times(there / here)
        rows.append(row)
    return rows


def stream_rows(seconds: list[float], samples: Samples) -> list[Row]:
    here = statistics.median(seconds)
    rows = [Row(f"streaming, {SERIES:,} × {POINTS:,} points", with_range(seconds), required="≤ 75 ms",
                verdict=met(here <= 0.075))]
    for key in sorted(samples.seconds):
        peer, case = key
        there = samples.of_all_series(key)
        least = 5 if peer.startswith("augurs") else 500
        part = "" if samples.series[key] == SERIES else f", from {samples.series[key]} series"
        rows.append(Row("the same", milliseconds(here), f"{peer}, {case}: {milliseconds(there)}{part}",
                        times(there / here), f"≥ {least}", met(there / here >= least)))
    return rows


def own_rows(figures: dict[str, dict]) -> list[Row]:
    """Figures without a counterpart elsewhere."""
    rows = []
    for name, what, most in ((ALONE, "streaming, a detector for each series", None),
                             ("DetectTogetherThousand", "streaming as queries do it, with columns and incidents", None),
                             ("DetectThousand/online", "the same, one series after the other", None),
                             ("DetectThousand/batch", "batch, 1,000 × 1,440 points", None),
                             ("ObserveOne", "one point after two weeks", None),
                             ("BatchTwoWeeks", "batch, one series of 20,160 points", 0.015)):
        if name in figures:
            seconds = figures[name]["seconds"]
            text = f"{1e9 * seconds:,.0f} ns" if seconds < 1e-5 else milliseconds(seconds)
            rows.append(Row(what, text, required=f"≤ {1000 * most:g} ms" if most else "",
                            verdict=met(seconds <= most) if most else ""))
    for name, when in ((ALONE, f"{POINTS:,} points"), ("StreamTenMillion", "10,000,000 points")):
        size = next((entry["state_bytes"] for key, entry in figures.items() if key.startswith(name)), None)
        if size is not None:
            rows.append(Row(f"state of a series after {when}", f"{size:,.0f} bytes", required="≤ 6 KB",
                            verdict=met(size <= 6 * 1024)))
    long = next((entry for key, entry in figures.items() if key.startswith("StreamTenMillion")), None)
    if long:
        rows.append(Row("one stream of 10,000,000 points", f"{long['seconds'] * 100:,.0f} ns a point"))
    return rows


def forest_rows(machine: Machine, bench: pathlib.Path, command: list[str] | None) -> list[Row]:
    """The isolation forest of 100 trees on 8 features, a row of which is a point."""
    ours = google_benchmark(machine, bench, "ScoreForest/8$")["ScoreForest/8"]
    here = 1 / ours["items_per_second"]
    row = Row("isolation forest, 100 trees, 8 features, score of a point", f"{1e9 * here:,.0f} ns", required="≥ 50")
    if command:
        text = machine.run(command)
        there = 1e-9 * float(re.search(r"^\s*8 features:\s*([0-9.]+) ns", text, re.MULTILINE)[1])
        row.peer = f"{text.splitlines()[0]}: {1e9 * there:,.0f} ns"
        row.ratio, row.verdict = times(there / here), met(there / here >= 50)
    return [row]


def main() -> int:
    options = report_options(__doc__.splitlines()[0], "detection_bench")
    output = options.output
    problems: list[str] = []
    machine = Machine()
    bench = options.benches / "detection_bench"
    subprocess.run([bench, f"--write_array={output / 'array.f64'}"], check=True)
    commands = build_peers(output, problems)
    ours, samples = measure(machine, bench, commands, options.rounds)
    figures = google_benchmark(machine, bench, f"{ALONE}|DetectTogether|DetectThousand|ObserveOne|BatchTwoWeeks|StreamTen")
    rows = stream_rows(ours[STREAM], samples) + group_rows(ours, samples) + own_rows(figures)
    if (options.benches / "multivariate_bench").exists():
        rows += forest_rows(machine, options.benches / "multivariate_bench", build_scikit_learn(output, problems))
    append_report(options.report, "Detection", rows, problems)
    return 0


if __name__ == "__main__":
    sys.exit(main())
