"""Detection against other libraries, side by side in one run: appends a table to the report of tests/bench/run.sh.

    tests/bench/detection_report.py --benches build/bench/tests/bench --report build/bench/report.md

Every program scores the same array, in turns, and the medians of its processor times are compared. Peers are optional:
one whose tools are missing, or that cannot be built, is named in the report and left out.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
STREAM = "StreamThousand/by_default"
GROUP = "GroupOutliersOfThousand"
SERIES, POINTS = 1000, 1440
FOREST_SERIES = 20  # a part of the array: the whole would take minutes


@dataclass
class Row:
    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    required: str = ""
    verdict: str = ""


def met(holds: bool) -> str:
    return "met" if holds else "missed"


class Machine:
    """Runs everything on one core, the last this process may use, where the system can pin."""

    def __init__(self) -> None:
        self.prefix: list[str] = []
        if shutil.which("taskset"):
            self.prefix = ["taskset", "-c", str(max(os.sched_getaffinity(0)))]

    def run(self, command: list[str]) -> str:
        return subprocess.run(self.prefix + command, check=True, capture_output=True, text=True).stdout


def build(name: str, tools: list[str], command: list[str], env: dict[str, str], problems: list[str]) -> bool:
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        problems.append(f"{name} is left out: {' and '.join(missing)} not found.")
        return False
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        problems.append(f"{name} is left out, since it could not be built: {last[0]}")
    return done.returncode == 0


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
    python = output / "python/bin/python"
    requirements = str(PEERS / "python/requirements.txt")
    quiet = ["--quiet", "--disable-pip-version-check"]
    steps = [] if python.exists() else [[sys.executable, "-m", "venv", str(output / "python")]]
    for step in steps + [[str(python), "-m", "pip", "install", *quiet, "-r", requirements]]:
        if not build("scikit-learn", [], step, {}, problems):
            return None
    return [str(python), str(PEERS / "python/isolation_forest.py")]


def google_benchmark(machine: Machine, bench: pathlib.Path, pattern: str) -> dict[str, dict]:
    text = machine.run([str(bench), f"--benchmark_filter=^({pattern})", "--benchmark_format=json",
                        "--benchmark_min_time=0.05"])
    found = {}
    for entry in json.loads(text)["benchmarks"]:
        unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[entry["time_unit"]]
        found[entry["name"]] = {**entry, "seconds": entry["cpu_time"] * unit}
    return found


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


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def times(ratio: float) -> str:
    return f"{ratio:,.2f}" if ratio < 10 else f"{ratio:,.0f}"


def with_range(seconds: list[float]) -> str:
    return f"{milliseconds(statistics.median(seconds))} ({milliseconds(min(seconds))} to {milliseconds(max(seconds))})"


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
    for name, what, most in (("DetectThousand/online", "streaming, with columns and incidents", None),
                             ("DetectThousand/batch", "batch, 1,000 × 1,440 points", None),
                             ("ObserveOne", "one point after two weeks", None),
                             ("BatchTwoWeeks", "batch, one series of 20,160 points", 0.015)):
        if name in figures:
            seconds = figures[name]["seconds"]
            text = f"{1e9 * seconds:,.0f} ns" if seconds < 1e-5 else milliseconds(seconds)
            rows.append(Row(what, text, required=f"≤ {1000 * most:g} ms" if most else "",
                            verdict=met(seconds <= most) if most else ""))
    for name, when in ((STREAM, f"{POINTS:,} points"), ("StreamTenMillion", "10,000,000 points")):
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


def markdown(rows: list[Row], problems: list[str]) -> str:
    lines = ["", "## Detection", "",
             "Processor times on one core, medians of rounds taken in turns; in brackets the fastest and slowest.",
             "", "| what | Bellwether | another library | ratio | required | verdict |", "|---|---|---|---|---|---|"]
    lines += [f"| {r.what} | {r.ours} | {r.peer} | {r.ratio} | {r.required} | {r.verdict} |" for r in rows]
    if problems:
        lines += [""] + problems
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benches", required=True, type=pathlib.Path, help="the folder of detection_bench")
    parser.add_argument("--report", required=True, help="the Markdown file to append to")
    parser.add_argument("--output", help="folder for the peers; left out, peers beside the report")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    report = pathlib.Path(options.report)
    output = pathlib.Path(options.output or report.parent / "peers").resolve()
    output.mkdir(parents=True, exist_ok=True)

    problems: list[str] = []
    machine = Machine()
    bench = options.benches / "detection_bench"
    subprocess.run([bench, f"--write_array={output / 'array.f64'}"], check=True)
    commands = build_peers(output, problems)
    ours, samples = measure(machine, bench, commands, options.rounds)
    figures = google_benchmark(machine, bench, f"{STREAM}|DetectThousand|ObserveOne|BatchTwoWeeks|StreamTen")
    rows = stream_rows(ours[STREAM], samples) + group_rows(ours, samples) + own_rows(figures)
    if (options.benches / "multivariate_bench").exists():
        rows += forest_rows(machine, options.benches / "multivariate_bench", build_scikit_learn(output, problems))
    text = markdown(rows, problems)
    print(text)
    with report.open("a", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
