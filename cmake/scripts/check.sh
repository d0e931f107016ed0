#!/usr/bin/env bash
# Formatting, lint and the repository's own rules. clang-tidy looks at the C++ sources that differ from the main branch's
# upstream (or the last commit), with --all at every one.
set -euo pipefail
# shellcheck source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "${BELLWETHER_ROOT}"

all=false
[[ "${1:-}" == --all ]] && all=true
failed=()
run() {
  local name="$1"
  shift
  if "$@"; then
    printf 'check: %-14s ok\n' "${name}"
  else
    printf 'check: %-14s FAILED\n' "${name}"
    failed+=("${name}")
  fi
}

tidy_sources() {
  local base
  if ${all}; then
    git ls-files -- 'server/*.cc' 'tests/*.cc'
    return
  fi
  base="$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD~1 2>/dev/null || git rev-parse HEAD)"
  { git diff --name-only --diff-filter=d "${base}" -- 'server/*.cc' 'tests/*.cc'
    git ls-files --others --exclude-standard -- 'server/*.cc' 'tests/*.cc'; } | sort -u
}

run_clang_tidy() {
  local sources
  mapfile -t sources < <(tidy_sources)
  if ((${#sources[@]} == 0)); then
    return 0
  fi
  cmake --preset tidy >build/tidy-configure.log 2>&1 || { cat build/tidy-configure.log; return 1; }
  # Generated protobuf headers must exist before a source that includes them can be parsed.
  local generated
  mapfile -t generated < <(ninja -C build/tidy -t targets all | sed -n 's/^\(bellwether_proto_[a-z0-9]*\): phony$/\1/p')
  if ((${#generated[@]} > 0)); then
    cmake --build build/tidy --target "${generated[@]}" >/dev/null || return 1
  fi
  printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/tidy 2>/dev/null
}

run_typescript() {
  (cd plugin-frontend && npm run --silent lint && npm run --silent typecheck)
}

run_go() { (cd tests/host && go vet ./...); }

mkdir -p build
run format cmake/scripts/format.sh --check
run repository python3 tests/tidy/tidy.py
[[ -f plugin-frontend/package.json ]] && run typescript run_typescript
[[ -f tests/host/go.mod ]] && run go run_go
run protobuf python3 tests/tidy/proto_lint.py proto
run clang-tidy run_clang_tidy

if ((${#failed[@]} > 0)); then
  printf 'check: failed: %s\n' "${failed[*]}" >&2
  exit 1
fi
