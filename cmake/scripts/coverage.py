#!/usr/bin/env python3
"""Prints line coverage of server/ by module from the gcov notes of a `coverage` build."""

import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile


def main() -> int:
    build = pathlib.Path(sys.argv[1]).resolve()
    root = pathlib.Path(__file__).resolve().parents[2]
    notes = sorted(build.rglob("*.gcda"))
    lines: dict[str, dict[int, int]] = collections.defaultdict(dict)
    with tempfile.TemporaryDirectory() as scratch:
        for note in notes:
            subprocess.run(["gcov", "--json-format", str(note)], cwd=scratch, check=True, capture_output=True)
            for report in pathlib.Path(scratch).glob("*.gcov.json.gz"):
                document = json.loads(gzip.decompress(report.read_bytes()))
                report.unlink()
                for source in document["files"]:
                    path = pathlib.Path(document["current_working_directory"], source["file"]).resolve()
                    if (root / "server") not in path.parents:
                        continue
                    known = lines[str(path.relative_to(root))]
                    for line in source["lines"]:
                        number = line["line_number"]
                        known[number] = max(known.get(number, 0), line["count"])
    modules: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for path, counts in lines.items():
        module = modules[path.split("/")[1]]
        module[0] += sum(1 for count in counts.values() if count > 0)
        module[1] += len(counts)
    for name in sorted(modules):
        covered, total = modules[name]
        print(f"{name:<12} {covered:>6} of {total:>6} lines  {100 * covered / max(total, 1):5.1f} %")
    return 0 if modules else 1


if __name__ == "__main__":
    sys.exit(main())
