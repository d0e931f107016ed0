#!/usr/bin/env bash
# Runs every libFuzzer target for FUZZ_SECONDS (60) each, starting from the corpus in tests/fuzz. New findings land in
# build/fuzz/findings; a crash ends the run.
set -euo pipefail
# shellcheck source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "${BELLWETHER_ROOT}"
command -v clang++ >/dev/null || { echo "Fuzzing needs Clang: apt-get install clang libclang-rt-14-dev" >&2; exit 1; }
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)"
mkdir -p build/fuzz/findings
shopt -s nullglob
for target in build/fuzz/tests/fuzz/*_fuzz; do
  name="$(basename "${target}")"
  corpus="tests/fuzz/corpus/${name%_fuzz}"
  mkdir -p "build/fuzz/grown/${name}"
  echo "fuzz: ${name} for ${FUZZ_SECONDS:-60} s"
  "${target}" -max_total_time="${FUZZ_SECONDS:-60}" -artifact_prefix="build/fuzz/findings/${name}-" \
    "build/fuzz/grown/${name}" "${corpus}"
done
