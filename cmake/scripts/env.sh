# Sourced by the scripts here: the repository's root, and the tools that `make setup` put under build/tools first on PATH.
BELLWETHER_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
BELLWETHER_TOOLS="${BELLWETHER_ROOT}/build/tools"
export BELLWETHER_ROOT BELLWETHER_TOOLS
if [[ -x "${BELLWETHER_TOOLS}/go/bin/go" ]]; then
  export GOROOT="${BELLWETHER_TOOLS}/go"
  PATH="${GOROOT}/bin:${PATH}"
elif [[ -x /usr/local/go/bin/go ]] && ! command -v go >/dev/null; then
  PATH="${PATH}:/usr/local/go/bin"
fi
if [[ -x "${BELLWETHER_TOOLS}/node/bin/node" ]]; then
  PATH="${BELLWETHER_TOOLS}/node/bin:${PATH}"
fi
export PATH
# The browser tests use the distribution's Chromium; nothing is downloaded past the package registries.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 PUPPETEER_SKIP_DOWNLOAD=1
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false
# The Go toolchain is the one above: no silent download of another.
export GOTOOLCHAIN=local GOFLAGS="${GOFLAGS:--buildvcs=false}"
