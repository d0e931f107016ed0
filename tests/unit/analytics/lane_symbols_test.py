#!/usr/bin/env python3
"""Code compiled for a newer processor must not reach an older one through the linker.

Of an inline function that several objects hold the linker keeps one. The banks over lanes are compiled for AVX2 and
AVX-512: were that one theirs, the program would end with an illegal instruction on processors without them. So all that
they share with the linker lies in namespaces of their own.

    lane_symbols_test.py NM ARCHIVE
"""

import subprocess
import sys

MEMBERS = {"lane_bank_avx2.cc.o": "lanes_bank_avx2", "lane_bank_avx512.cc.o": "lanes_bank_avx512"}
DATA = ("typeinfo", "vtable", "DW.ref.")  # no instructions
SHARED = "WVu"  # weak and unique symbols, as nm marks them


def shared_code(listing: str) -> dict[str, list[str]]:
    """By member: what it shares with others, without data and what its own namespace holds."""
    found: dict[str, list[str]] = {}
    member = ""
    for line in listing.splitlines():
        if line.endswith(":"):
            member = line[:-1]
            if member in MEMBERS:
                found[member] = []
            continue
        kind, _, name = line[17:].partition(" ")
        if member in MEMBERS and kind and kind in SHARED and not name.startswith(DATA) and MEMBERS[member] not in name:
            found[member].append(name)
    return found


def main() -> int:
    nm, archive = sys.argv[1:]
    listing = subprocess.run([nm, "--demangle", archive], capture_output=True, text=True, check=True).stdout
    found = shared_code(listing)
    missing = MEMBERS.keys() - found.keys()
    for member in sorted(missing):
        print(f"{archive} holds no {member}. Is it still built? Then name it here as it is called now.")
    for member, names in found.items():
        for name in names:
            print(f"{member} shares code with other objects: {name}")
            print("  Put it into the namespace BELLWETHER_LANES, or have it always inlined.")
    return 1 if missing or any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
