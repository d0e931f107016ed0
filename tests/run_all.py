#!/usr/bin/env python3
"""Runs every suite that needs no Grafana, one line a stage, and ends with `N passed, N failed` alone on a line.

Each stage writes its whole output to build/test-logs/<stage>.log; of a failing one the end is printed. A stage whose
sources are not there fails: a suite must not vanish without anybody noticing.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "plugin-frontend"
FAILURES = "=== what failed ==="  # in a log: only what follows is worth printing


@dataclasses.dataclass
class Outcome:
    passed: int
    failed: int
    note: str = ""


def run(command: list[str], folder: pathlib.Path, log: pathlib.Path, env: dict[str, str] | None = None,
        timeout_s: int = 1800) -> tuple[int, str]:
    """Runs `command` with its output appended to `log`; returns the exit code and the output."""
    with log.open("a", encoding="utf-8", errors="replace") as sink:
        sink.write("$ " + " ".join(command) + "\n")
        sink.flush()
        try:
            done = subprocess.run(command, cwd=folder, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s, check=False)
            code, output = done.returncode, done.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as expired:
            code, output = 124, (expired.stdout or b"").decode("utf-8", "replace") + f"\nstopped after {timeout_s} s\n"
        except FileNotFoundError as missing:
            code, output = 127, f"{missing}\n"
        sink.write(output)
    return code, re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", output)


def at_least_one_failure(code: int, outcome: Outcome) -> Outcome:
    """A command that failed, or a suite that ran nothing, counts as a failure even when no test says so."""
    if outcome.failed == 0 and (code != 0 or outcome.passed == 0):
        outcome.failed = 1
        outcome.note = outcome.note or (f"exit code {code}" if code else "no test ran")
    return outcome


def cpp(build: pathlib.Path, jobs: int, log: pathlib.Path) -> Outcome:
    """CTest; a GoogleTest program counts with its single tests, any other CTest entry as one."""
    results = build / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    junit = results / "ctest.xml"
    code, _ = run(["ctest", "--test-dir", str(build), "--output-on-failure", "-j", str(jobs), "--no-tests=error",
                   "--output-junit", str(junit)], ROOT, log, {"GTEST_OUTPUT": f"xml:{results}/gtest/"})
    outcome = Outcome(0, 0)
    if junit.exists():
        for case in ElementTree.parse(junit).getroot().iter("testcase"):
            succeeded = case.get("status") == "run"
            report = results / "gtest" / f"{case.get('name')}.xml"
            if report.exists():
                suite = ElementTree.parse(report).getroot()
                failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                outcome.failed += failed if failed or succeeded else 1
                outcome.passed += int(suite.get("tests", 0)) - failed - int(suite.get("disabled", 0))
            elif succeeded:
                outcome.passed += 1
            else:
                outcome.failed += 1
    return at_least_one_failure(code, outcome)


def npm_script(name: str, folder: pathlib.Path, log: pathlib.Path) -> Outcome:
    code, _ = run(["npm", "run", "--silent", name], folder, log)
    return Outcome(int(code == 0), int(code != 0))


def counted(command: list[str], folder: pathlib.Path, log: pathlib.Path, env: dict[str, str] | None = None) -> Outcome:
    """Runs a JavaScript runner and reads the totals that it prints (Jest, node --test or Playwright)."""
    code, output = run(command, folder, log, {"CI": "1", **(env or {})})
    jest = re.findall(r"^Tests:\s+(.*)$", output, re.M)
    node_passed = re.findall(r"^(?:#|ℹ) pass (\d+)$", output, re.M)
    node_failed = re.findall(r"^(?:#|ℹ) fail (\d+)$", output, re.M)
    if jest:
        totals = dict((word, int(number)) for number, word in re.findall(r"(\d+) (passed|failed)", jest[-1]))
        outcome = Outcome(totals.get("passed", 0), totals.get("failed", 0))
    elif node_passed:
        outcome = Outcome(sum(map(int, node_passed)), sum(map(int, node_failed)))
    else:
        outcome = Outcome(sum(map(int, re.findall(r"^\s*(\d+) passed\b", output, re.M))),
                          sum(map(int, re.findall(r"^\s*(\d+) failed\b", output, re.M))))
    return at_least_one_failure(code, outcome)


def go_tests(executable: pathlib.Path, log: pathlib.Path) -> Outcome:
    code, output = run(["go", "test", "-count=1", "-json", "./..."], ROOT / "tests" / "host", log,
                       {"BELLWETHER_EXECUTABLE": str(executable)})
    outcome = Outcome(0, 0)
    said: dict[str, list[str]] = {}
    failing: list[str] = []
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            failing.append(line)  # what the compiler or the linker says
            continue
        test = event.get("Test", "")
        said.setdefault(test, []).append(event.get("Output", "").rstrip("\n"))
        if test:
            outcome.passed += event.get("Action") == "pass"
            if event.get("Action") == "fail":
                outcome.failed += 1
                failing += [text for text in said[test] if text]
    with log.open("a", encoding="utf-8") as sink:  # the readable end of the log: the output of what failed
        sink.write(f"{FAILURES}\n" + "\n".join(failing) + "\n")
    return at_least_one_failure(code, outcome)


def chromium() -> dict[str, str]:
    path = shutil.which("chromium") or shutil.which("google-chrome") or ""
    return {"CHROMIUM_PATH": path, "PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH": path, "CHROME_BIN": path}


def packaging(build: pathlib.Path, log: pathlib.Path) -> Outcome:
    code, output = run([sys.executable, "-m", "unittest", "-v", "test_package"], ROOT / "tests" / "packaging", log,
                       {"BELLWETHER_PACKAGES": str(ROOT / "build" / "package"), "BELLWETHER_BUILD": str(build)})
    ran = re.search(r"^Ran (\d+) tests?", output, re.M)
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", output))
    return at_least_one_failure(code, Outcome((int(ran.group(1)) if ran else 0) - bad, bad))


def stages(build: pathlib.Path, jobs: int, packaged: pathlib.Path):
    """(name, what must exist, function of the log file) in the order in which they run."""
    yield "cpp", build / "CTestTestfile.cmake", lambda log: cpp(build, jobs, log)
    package = FRONTEND / "package.json"
    yield "frontend-types", package, lambda log: npm_script("typecheck", FRONTEND, log)
    yield "frontend-lint", package, lambda log: npm_script("lint", FRONTEND, log)
    yield "frontend", package, lambda log: counted(["npm", "test", "--silent"], FRONTEND, log)
    arrow = ROOT / "tests" / "apache-arrow"
    yield "apache-arrow", arrow / "package.json", lambda log: counted(
        ["npm", "test", "--silent"], arrow, log, {"BELLWETHER_BUILD": str(build)})
    yield "packaging", ROOT / "tests" / "packaging", lambda log: packaging(build, log)
    yield "host", ROOT / "tests" / "host" / "go.mod", lambda log: go_tests(packaged, log)
    yield "browser", ROOT / "tests" / "browser" / "run.mjs", lambda log: counted(
        ["npm", "run", "--silent", "test:browser"], FRONTEND, log,
        {**chromium(), "BELLWETHER_EXECUTABLE": str(packaged)})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--only", action="append", help="run only this stage (repeatable)")
    options = parser.parse_args()
    build = options.build.resolve()
    found = sorted((ROOT / "build" / "package" / "bellwether-datasource").glob("gpx_bellwether_*"))
    packaged = found[0] if found else ROOT / "build" / "package" / "executable-is-missing"

    logs = ROOT / "build" / "test-logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    total = Outcome(0, 0)
    for name, needed, function in stages(build, options.jobs, packaged):
        if options.only and name not in options.only:
            continue
        log = logs / f"{name}.log"
        started = time.monotonic()
        if needed.exists():
            outcome = function(log)
        else:
            outcome = Outcome(0, 1, f"{needed.relative_to(ROOT)} is not there")
            log.write_text(outcome.note + "\n", encoding="utf-8")
        note = f"  ({outcome.note})" if outcome.note else ""
        print(f"{'FAIL' if outcome.failed else 'ok  '} {name:<16} {outcome.passed:>5} passed {outcome.failed:>4} failed "
              f"{time.monotonic() - started:7.1f} s{note}", flush=True)
        if outcome.failed:
            tail = log.read_text(encoding="utf-8", errors="replace").split(FAILURES)[-1].splitlines()[-60:]
            print("\n".join("     | " + line for line in tail))
            print(f"     | whole output: {log.relative_to(ROOT)}", flush=True)
        total.passed += outcome.passed
        total.failed += outcome.failed
    print(f"\n{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
