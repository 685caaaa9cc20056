#!/bin/sh
# Tests of what a small image may lack: reports are encoded with sh and coreutils alone.
# Prints what is wrong and exits 1, or prints the number of checks.
here=$(cd "$(dirname "$0")" && pwd)
checks=0 wrong=0
is() { # WHAT EXPECTED ACTUAL
    checks=$((checks + 1))
    [ "$2" = "$3" ] || { wrong=$((wrong + 1)); printf '%s: expected [%s], got [%s]\n' "$1" "$2" "$3"; }
}
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
for tool in od tr; do ln -s "$(command -v $tool)" "$bin/$tool"; done

for script in ready refresh; do
    eval "$(grep '^encode() ' "$here/../90slipway/node/slipway-$script.sh")"
    is "$script: exit code" '%30' "$(PATH=$bin; printf 0 | encode)"
    is "$script: any byte" '%61%20%26%0a%c3%a4%25' "$(PATH=$bin; printf 'a &\n\303\244%%' | encode)"
    is "$script: more than a line of od" 40 "$(PATH=$bin; printf %040d 7 | encode | { IFS= read -r text || :; echo $((${#text} / 3)); })"
    is "$script: nothing" '' "$(PATH=$bin; printf '' | encode)"
done

[ $wrong -eq 0 ] || exit 1
echo "$checks checks passed"
