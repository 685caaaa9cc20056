#!/usr/bin/env bash
# Records what `make quickstart` shows on a terminal, as docs/images/quickstart.svg.
# Run it in a checkout whose path may be shown, such as /opt/slipway. Needs tmux.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
node=(node_modules/node-linux-*/bin/node)
work=$(mktemp -d)
tmux=(tmux -L "slipway-record-$$" -f /dev/null)
trap '"${tmux[@]}" kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

# The environment comes from make, so that the trial lies where the README says.
printf -v record 'COLORTERM=truecolor make --no-print-directory quickstart; echo $? >%q; sleep 60' "$work/code"
TERM=xterm-256color "${tmux[@]}" new-session -d -x "${COLUMNS:-110}" -y 60 "$record"
until [ -s "$work/code" ]; do sleep 1; done
"${tmux[@]}" capture-pane -e -p >"$work/screen"
[ "$(cat "$work/code")" = 0 ] || {
  cat "$work/screen" >&2
  exit 1
}
mkdir -p docs/images
"${node[0]}" scripts/terminal-svg.ts '$ make quickstart' <"$work/screen" >docs/images/quickstart.svg
echo "docs/images/quickstart.svg is written: look at it"
