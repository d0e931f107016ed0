#!/usr/bin/env bash
# Compares Bellwether with a data source made with the Go SDK, and its detection and forecasts with other libraries:
# tests/bench/run.sh [build folder] [options of the Go program]. The build folder (default build/bench) holds
# server/app/bellwether and the executables of tests/bench. Writes build/bench/report.md. Without cargo, without a JDK
# and Maven, or without Python's venv, the libraries that need them are left out, and the report says so.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
source "${root}/cmake/scripts/env.sh"
build="${root}/build/bench"
if [[ $# -gt 0 && "$1" != -* ]]; then
  build="$(cd "$1" && pwd)"
  shift
fi
output="${root}/build/bench"
executable="${build}/server/app/bellwether"
if [[ ! -x "${executable}" ]]; then
  echo "${executable} is not there. Build it first: cmake --preset bench && cmake --build --preset bench" >&2
  exit 1
fi
frame_bench="${build}/tests/bench/frame_bench"
if [[ ! -x "${frame_bench}" ]]; then
  echo "${frame_bench} is not there; Arrow encoding will not be compared." >&2
  frame_bench=""
fi

status=0
mkdir -p "${output}/peers"
(cd "${root}/tests/bench" && go build -trimpath -ldflags='-s -w' -o "${output}/peers/go-plugin" ./peers/go-plugin &&
  go build -trimpath -o "${output}/peers/host" ./host)
"${output}/peers/host" -executable "${executable}" -peer "${output}/peers/go-plugin" -frame-bench "${frame_bench}" \
  -report "${output}/report.md" "$@" || status=$?

if [[ -x "${build}/tests/bench/detection_bench" ]]; then
  python3 "${root}/tests/bench/detection_report.py" --benches "${build}/tests/bench" --report "${output}/report.md" ||
    status=$?
else
  echo "${build}/tests/bench/detection_bench is not there; detection will not be compared." >&2
fi
if [[ -x "${build}/tests/bench/forecast/forecast_yardstick" ]]; then
  python3 "${root}/tests/bench/forecast_report.py" --benches "${build}/tests/bench" --report "${output}/report.md" ||
    status=$?
else
  echo "${build}/tests/bench/forecast/forecast_yardstick is not there; forecasts will not be compared." >&2
fi
exit "${status}"
