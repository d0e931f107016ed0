#!/usr/bin/env python3
"""Lints .proto files: they compile without a warning, and names follow the protobuf style guide. Field names may be
snake_case or lowerCamelCase, since messages of Grafana's protocol keep the names that Grafana gave them."""

import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator

CAMEL = r"[A-Z][A-Za-z0-9]*"
CHECKS = (
    (re.compile(r'^\s*syntax\s*=\s*"(.*)"'), r"proto3", "syntax must be proto3, not {}"),
    (re.compile(r"^\s*package\s+([\w.]+)\s*;"), r"[a-z][a-z0-9_.]*", "package {} must be lower_snake_case"),
    (re.compile(r"^\s*message\s+(\w+)"), CAMEL, "message {} must be CamelCase"),
    (re.compile(r"^\s*enum\s+(\w+)"), CAMEL, "enum {} must be CamelCase"),
    (re.compile(r"^\s*service\s+(\w+)"), CAMEL, "service {} must be CamelCase"),
    (re.compile(r"^\s*rpc\s+(\w+)"), CAMEL, "rpc {} must be CamelCase"),
    (re.compile(r"^\s*(?:repeated\s+|optional\s+)?(?:map<[^>]*>|[\w.]+)\s+(\w+)\s*=\s*\d+\s*[;\[]"), r"[a-z][A-Za-z0-9_]*",
     "field {} must begin with a lower-case letter"),
    (re.compile(r"^\s*(\w+)\s*=\s*-?\d+\s*[;\[]"), r"[A-Z][A-Z0-9_]*", "enum value {} must be UPPER_SNAKE_CASE"),
)


def violations(text: str) -> Iterator[tuple[int, str]]:
    """Names in `text` that break the style, as (line, sentence)."""
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0]
        for pattern, want, sentence in CHECKS:
            match = pattern.match(code)
            if match and not re.fullmatch(want, match[1]):
                yield number, sentence.format(match[1])
        if "\t" in line:
            yield number, "tab character"


def main() -> int:
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "proto")
    count = 0
    files = sorted(folder.rglob("*.proto"))
    for path in files:
        for number, sentence in violations(path.read_text(encoding="utf-8")):
            print(f"{path}:{number}: {sentence}")
            count += 1
        with tempfile.NamedTemporaryFile() as descriptor:
            done = subprocess.run(["protoc", f"-I{folder}", f"-I{path.parent}", f"--descriptor_set_out={descriptor.name}",
                                   str(path)], capture_output=True, text=True, check=False)
        if done.returncode or done.stderr:
            print(done.stderr.strip())
            count += 1
    print(f"proto_lint: {len(files)} files, {count} violations")
    return 1 if count or not files else 0


if __name__ == "__main__":
    sys.exit(main())
