#!/usr/bin/env bash
# Builds the smallest example and boots it: the two commands of the README.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

heading() {
  if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then printf '\n\033[1m$ %s\033[0m\n' "$*"; else printf '\n$ %s\n' "$*"; fi
}
show() {
  heading "$@"
  "$@"
}

show bin/slipway build examples/debian-minimal.yml
show bin/slipway image test debian-minimal

cat <<END

Everything of this trial is in ${SLIPWAY_ROOT:-/}. Go on with

  export SLIPWAY_ROOT=${SLIPWAY_ROOT:-/}
  bin/slipway image show debian-minimal
  bin/slipway build examples/debian-compute.yml
  bin/slipway --help
END
