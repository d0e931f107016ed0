#!/usr/bin/env bash
# Shows the main job. Where a Grafana is found (GRAFANA_HOME, `grafana` or `grafana-server` on PATH, a running Docker
# engine) it starts one with the packaged plugin and everything provisioned, prints the address and runs until Ctrl-C.
# Where none is, it runs the same analyses on the demo data through the command line and writes one HTML page.
# With --grafana (make e2e) it is an error when there is no Grafana. GRAFANA_PORT (3000) sets the port.
set -euo pipefail
# shellcheck source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "${BELLWETHER_ROOT}"

readonly port="${GRAFANA_PORT:-3000}"
readonly plugin="${BELLWETHER_ROOT}/build/package/bellwether-datasource"
readonly data="${BELLWETHER_ROOT}/build/demo/grafana"

# Prints the folder and the server executable of a Grafana on this machine.
find_grafana() {
  local home candidate
  for home in "${GRAFANA_HOME:-}" /usr/share/grafana; do
    for candidate in grafana grafana-server; do
      if [[ -n "${home}" && -x "${home}/bin/${candidate}" ]]; then
        printf '%s\t%s\n' "${home}" "${home}/bin/${candidate}"
        return 0
      fi
    done
  done
  for candidate in grafana grafana-server; do
    if command -v "${candidate}" >/dev/null; then
      candidate="$(readlink -f "$(command -v "${candidate}")")"
      home="$(dirname "$(dirname "${candidate}")")"
      [[ -d "${home}/public" ]] || home=/usr/share/grafana
      printf '%s\t%s\n' "${home}" "${candidate}"
      return 0
    fi
  done
  return 1
}

wait_until_ready() {
  local url="http://127.0.0.1:${port}/api/health" i
  for ((i = 0; i < 120; ++i)); do
    if python3 -c "import sys, urllib.request as r; sys.exit(r.urlopen('${url}', timeout=1).status != 200)" 2>/dev/null; then
      return 0
    fi
    sleep 1
  done
  return 1
}

announce() {
  cat <<TEXT

  Grafana is ready:  http://localhost:${port}/dashboards

  The Bellwether dashboards are in the folder "Bellwether"; Explore has the data source with demo data, this machine's
  own metrics and CSV files. Ctrl-C ends it.

TEXT
}

start_local() {
  local home="$1" server="$2"
  mkdir -p "${data}/plugins"
  ln -sfn "${plugin}" "${data}/plugins/bellwether-datasource"
  export GF_PATHS_DATA="${data}/data" GF_PATHS_LOGS="${data}/log" GF_PATHS_PLUGINS="${data}/plugins"
  export GF_PATHS_PROVISIONING="${BELLWETHER_ROOT}/provisioning" BELLWETHER_DASHBOARDS="${BELLWETHER_ROOT}/dashboards"
  export BELLWETHER_CSV_FOLDER="${BELLWETHER_CSV_FOLDER:-${BELLWETHER_ROOT}/provisioning/csv}"
  export GF_SERVER_HTTP_ADDR=127.0.0.1 GF_SERVER_HTTP_PORT="${port}" GF_LOG_MODE=file
  local arguments=(--homepath "${home}" --config "${BELLWETHER_ROOT}/provisioning/grafana.ini")
  [[ "$(basename "${server}")" == grafana ]] && arguments=(server "${arguments[@]}")
  echo "demo: starting ${server}"
  "${server}" "${arguments[@]}" >"${data}/output.log" 2>&1 &
  local pid=$!
  trap 'kill "${pid}" 2>/dev/null || true' EXIT
  if ! wait_until_ready; then
    echo "demo: Grafana did not answer on port ${port} within 2 minutes. Its output:" >&2
    tail -n 20 "${data}/output.log" >&2
    return 1
  fi
  announce
  wait "${pid}"
}

start_docker() {
  echo "demo: starting Grafana with docker compose"
  GRAFANA_PORT="${port}" docker compose up --detach
  if ! wait_until_ready; then
    docker compose logs --tail 20 >&2
    return 1
  fi
  announce
  echo "  (stop it with: docker compose down)"
}

if found="$(find_grafana)"; then
  IFS=$'\t' read -r home server <<<"${found}"
  start_local "${home}" "${server}"
elif command -v docker >/dev/null && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
  start_docker
elif [[ "${1:-}" == --grafana ]]; then
  echo "demo: no Grafana here. Set GRAFANA_HOME to an unpacked one, put grafana on PATH, or start a Docker engine." >&2
  exit 1
else
  echo "demo: no Grafana here (GRAFANA_HOME, grafana on PATH, or a Docker engine): running the same analyses through the"
  echo "demo: command line instead."
  mkdir -p build/demo
  page="${BELLWETHER_ROOT}/build/demo/bellwether-demo.html"
  "${plugin}"/gpx_bellwether_linux_* demo --output "${page}"
  echo "demo: open ${page} in a browser."
fi
