# shellcheck shell=sh disable=SC2034
# checks.sh - what all tests of the node's shell have: a directory that goes with them, checks that
# say what is wrong and are counted, and the last line.
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C

checks=0 wrong=0
is() { # WHAT EXPECTED ACTUAL
    checks=$((checks + 1))
    [ "$2" = "$3" ] || { wrong=$((wrong + 1)); printf '%s: expected [%s], got [%s]\n' "$1" "$2" "$3"; }
}
yes() { "$@"; is "$*" 0 $?; }
no() { "$@" >/dev/null; is "not $*" 1 $?; }

# Prints the number of checks, or exits 1.
checks_end() {
    [ $wrong -eq 0 ] || exit 1
    echo "$checks checks passed"
}
