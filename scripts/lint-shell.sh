#!/usr/bin/env bash
# Runs shellcheck over every shell script that git knows, by name or by first line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v shellcheck >/dev/null; then
  echo "lint-shell: shellcheck is not installed (make test installs it)" >&2
  exit 1
fi
mapfile -t scripts < <(git ls-files -co --exclude-standard | while read -r file; do
  [ -f "$file" ] && head -c 64 -- "$file" | head -n 1 | grep -qaE '^#!.*\b(ba|da|)sh\b' && echo "$file"
done || true)
shellcheck --severity=warning -- "${scripts[@]}"
