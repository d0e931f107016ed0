"""What the reports of tests/bench have in common: running programs on one core, building peers, tables."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass

PEERS = pathlib.Path(__file__).resolve().parent / "peers"


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


def virtual_environment(name: str, folder: pathlib.Path, requirements: pathlib.Path, problems: list[str]) -> str | None:
    """Its Python, with what the requirements list; None where that cannot be had."""
    python = folder / "bin/python"
    quiet = ["--quiet", "--disable-pip-version-check"]
    steps = [] if python.exists() else [[sys.executable, "-m", "venv", str(folder)]]
    for step in steps + [[str(python), "-m", "pip", "install", *quiet, "-r", str(requirements)]]:
        if not build(name, [], step, {}, problems):
            return None
    return str(python)


def google_benchmark(machine: Machine, bench: pathlib.Path, pattern: str) -> dict[str, dict]:
    text = machine.run([str(bench), f"--benchmark_filter=^({pattern})", "--benchmark_format=json",
                        "--benchmark_min_time=0.05"])
    found = {}
    for entry in json.loads(text)["benchmarks"]:
        unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[entry["time_unit"]]
        found[entry["name"]] = {**entry, "seconds": entry["cpu_time"] * unit}
    return found


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def times(ratio: float) -> str:
    return f"{ratio:,.2f}" if ratio < 10 else f"{ratio:,.0f}"


def with_range(seconds: list[float]) -> str:
    return f"{milliseconds(statistics.median(seconds))} ({milliseconds(min(seconds))} to {milliseconds(max(seconds))})"


def report_options(summary: str, bench: str) -> argparse.Namespace:
    """The command line that all reports take; the folder for the peers is there afterwards."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--benches", required=True, type=pathlib.Path, help=f"the folder of {bench}")
    parser.add_argument("--report", required=True, type=pathlib.Path, help="the Markdown file to append to")
    parser.add_argument("--output", type=pathlib.Path, help="folder for the peers; left out, peers beside the report")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.output = (options.output or options.report.parent / "peers").resolve()
    options.output.mkdir(parents=True, exist_ok=True)
    return options


def append_report(report: pathlib.Path, title: str, rows: list[Row], problems: list[str]) -> None:
    """Prints the table and adds it to the report."""
    text = markdown(title, rows, problems)
    print(text)
    with report.open("a", encoding="utf-8") as file:
        file.write(text)


def markdown(title: str, rows: list[Row], problems: list[str]) -> str:
    lines = ["", f"## {title}", "",
             "Processor times on one core, medians of rounds taken in turns; in brackets the fastest and slowest.",
             "", "| what | Bellwether | another library | ratio | required | verdict |", "|---|---|---|---|---|---|"]
    lines += [f"| {r.what} | {r.ours} | {r.peer} | {r.ratio} | {r.required} | {r.verdict} |" for r in rows]
    if problems:
        lines += [""] + problems
    return "\n".join(lines) + "\n"
