#!/usr/bin/env bash
# Rewrites all sources in the project's format. With --check only says what differs, and fails if anything does.
set -euo pipefail
# shellcheck source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "${BELLWETHER_ROOT}"

check=false
[[ "${1:-}" == --check ]] && check=true
status=0

mapfile -t cpp < <(git ls-files --cached --others --exclude-standard -- 'server/*.h' 'server/*.cc' 'tests/*.h' 'tests/*.cc' 'proto/*.proto')
if ${check}; then
  clang-format --dry-run -Werror "${cpp[@]}" || status=1
else
  clang-format -i "${cpp[@]}"
fi

mapfile -t go < <(git ls-files --cached --others --exclude-standard -- 'tests/*.go')
if ((${#go[@]} > 0)); then
  if ${check}; then
    unformatted="$(gofmt -l "${go[@]}")"
    if [[ -n "${unformatted}" ]]; then
      printf 'gofmt: %s\n' ${unformatted}
      status=1
    fi
  else
    gofmt -w "${go[@]}"
  fi
fi

if [[ -x plugin-frontend/node_modules/.bin/prettier ]]; then
  mode=--write
  ${check} && mode=--check
  (cd plugin-frontend && node_modules/.bin/prettier --log-level warn "${mode}" .) || status=1
fi
exit "${status}"
