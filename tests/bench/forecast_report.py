"""Forecasts against other libraries, side by side in one run: appends a table to the report of tests/bench/run.sh.

    tests/bench/forecast_report.py --benches build/bench/tests/bench --report build/bench/report.md

Every program forecasts the same generated series of hours, 48 ahead, in turns, and the medians of its processor times are
compared. Peers are optional: one whose tools are missing, or that cannot be built, is named in the report and left out.
"""

import json
import pathlib
import statistics
import subprocess
import sys

from report_parts import (PEERS, Machine, Row, append_report, build, google_benchmark, met, milliseconds,
                          report_options, times, virtual_environment, with_range)

EACH = 3  # series of each of eight kinds
SERIES = ["--hourly", str(EACH), "--horizon", "48", "--ends", "1"]
AUTO, ALONE = "auto", "alone:mstl-ets"


def build_peers(output: pathlib.Path, export: pathlib.Path, problems: list[str]) -> dict[str, list[str]]:
    """The command of each peer that is there, by the name of the file that gets its forecasts."""
    commands = {}
    rust = output / "rust-forecast"
    manifest = PEERS / "rust-forecast/Cargo.toml"
    if build("augurs", ["cargo"], ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", str(manifest)],
             {"CARGO_TARGET_DIR": str(rust), "RUSTFLAGS": "-C target-cpu=native"}, problems):
        commands["augurs"] = [str(rust / "release/bellwether-peer-augurs-forecast"), str(export),
                              str(output / "augurs.csv")]
    python = virtual_environment("statsforecast", output / "python-forecast",
                                 PEERS / "python/requirements-forecast.txt", problems)
    if python:
        commands["statsforecast"] = [python, str(PEERS / "python/statsforecast_mstl.py"), str(export),
                                     str(output / "statsforecast.csv")]
    return commands


def yardstick(machine: Machine, bench: pathlib.Path, methods: list[str]) -> dict[str, dict[str, float]]:
    """MASE, coverage of the 95 % band and seconds of processor time a series, by method."""
    text = machine.run([str(bench), "rolling", "--methods", *methods, ";", *SERIES])
    names, *lines = [line.split() for line in text.splitlines()]
    found = {}
    for line in lines:
        cells = dict(zip(names, line))
        found[cells["method"]] = {"MASE": float(cells["MASE"]), "c95": float(cells["c95"]),
                                  "n": float(cells["n"]), "seconds": float(cells["ms"]) / 1000}
    return found


def measure(machine: Machine, bench: pathlib.Path, commands: dict[str, list[str]],
            rounds: int) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Seconds a series of every program, and the names that the peers give themselves."""
    seconds: dict[str, list[float]] = {}
    names = {}
    for number in range(rounds):
        print(f"forecasts: round {number + 1} of {rounds} ...", file=sys.stderr)
        for method, row in yardstick(machine, bench, [AUTO, ALONE]).items():
            seconds.setdefault(method, []).append(row["seconds"])
        for name, command in commands.items():
            if name == "statsforecast" and number >= 2:
                continue  # it takes as long as all others together
            entry = json.loads(machine.run(command).splitlines()[-1])
            names[name] = entry["peer"]
            seconds.setdefault(name, []).append(entry["cpu"] / (entry["forecasts"] - entry["failed"]))
    return seconds, names


def speed_rows(seconds: dict[str, list[float]], names: dict[str, str]) -> list[Row]:
    rows = []
    for method, what, most, least in (
            (AUTO, "automatic forecast of 960 hours, 48 ahead, with bands", 0.003, {"augurs": 5, "statsforecast": 100}),
            (ALONE, "MSTL with ETS alone, the seasons known, without bands", 0.001, {})):
        here = statistics.median(seconds[method])
        rows.append(Row(what, with_range(seconds[method]), required=f"≤ {1000 * most:g} ms", verdict=met(here <= most)))
        for name, title in names.items():
            there = statistics.median(seconds[name])
            row = Row("the same", milliseconds(here), f"{title}: {milliseconds(there)}", times(there / here))
            if name in least:
                row.required, row.verdict = f"≥ {least[name]}", met(there / here >= least[name])
            rows.append(row)
    return rows


def accuracy_rows(machine: Machine, bench: pathlib.Path, output: pathlib.Path, names: dict[str, str]) -> list[Row]:
    here = yardstick(machine, bench, [AUTO])[AUTO]
    rows = []
    for name, title in names.items():
        for there in yardstick(machine, bench, [f"file:{output / name}.csv"]).values():
            part = "" if there["n"] == here["n"] else f", on {there['n']:.0f} of the series"
            rows.append(Row("MASE (coverage of the 95 % band)", f"{here['MASE']:.2f} ({here['c95']:.3f})",
                            f"{title}: {there['MASE']:.2f} ({there['c95']:.3f}){part}"))
    return rows


def own_rows(machine: Machine, benches: pathlib.Path) -> list[Row]:
    """Figures without a counterpart elsewhere."""
    rows = []
    for bench, name, what, most in (
            ("forecast_bench", "ThousandDaysOfMinutes", "a day ahead for 1,000 × 1,440 points, one core", 5.0),
            ("decomposition_bench", "BM_Mstl/rows:900/robust:2/jump:1", "MSTL of 900 values, two periods, two robust rounds", 0.003)):
        if (benches / bench).exists():
            entries = google_benchmark(machine, benches / bench, name)
            seconds = next(iter(entries.values()))["seconds"]
            rows.append(Row(what, milliseconds(seconds), required=f"≤ {milliseconds(most)}", verdict=met(seconds <= most)))
    return rows


def main() -> int:
    options = report_options(__doc__.splitlines()[0], "forecast_bench")
    output = options.output
    problems: list[str] = []
    machine = Machine()
    bench = options.benches / "forecast/forecast_yardstick"
    export = output / "forecast.tsv"
    subprocess.run([bench, "rolling", "--export", export, *SERIES], check=True)
    commands = build_peers(output, export, problems)
    seconds, names = measure(machine, bench, commands, options.rounds)
    rows = speed_rows(seconds, names) + accuracy_rows(machine, bench, output, names) + own_rows(machine, options.benches)
    append_report(options.report, "Forecasts", rows, problems)
    return 0


if __name__ == "__main__":
    sys.exit(main())
