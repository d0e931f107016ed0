#!/usr/bin/env python3
"""Checks the repository against its own rules (rules.py) and prints `path:line: rule: what is wrong`."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import rules  # noqa: E402  (the folder must be on the path first)

SKIPPED = {"build", "node_modules", "dist", ".git", ".cache", "out", "__pycache__", "coverage", "test-results"}


def files(root: pathlib.Path) -> list[str]:
    """The repository's files: what git knows or would add, else (in an unpacked archive) what lies there."""
    try:
        listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], cwd=root, check=True, capture_output=True).stdout
        return sorted({name for name in listed.decode().split("\0") if name})
    except (OSError, subprocess.CalledProcessError):
        return sorted(str(path.relative_to(root)) for path in root.rglob("*")
                      if path.is_file() and not SKIPPED & set(path.relative_to(root).parts))


def load(root: pathlib.Path) -> rules.Tree:
    tree = {}
    for name in files(root):
        path = root / name
        if path.is_file() and not path.is_symlink():
            tree[name] = path.read_bytes().decode("utf-8", "replace")
    return tree


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    tree = load(root)
    count = 0
    for rule in rules.ALL:
        for path, line, sentence in rule(tree):
            print(f"{path}:{line}: {rule.__name__}: {sentence}")
            count += 1
    print(f"tidy: {len(tree)} files, {len(rules.ALL)} rules, {count} violations")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
