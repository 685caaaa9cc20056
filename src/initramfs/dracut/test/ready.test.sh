#!/bin/sh
# Tests of what a small image may lack: reports are encoded with sh and coreutils alone.
# Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2154
. "$(dirname "$0")/checks.sh"

for tool in od tr; do ln -s "$(command -v $tool)" "$tmp/$tool"; done

for script in ready refresh; do
    eval "$(grep '^encode() ' "$here/../90slipway/node/slipway-$script.sh")"
    is "$script: exit code" '%30' "$(PATH=$tmp; printf 0 | encode)"
    is "$script: any byte" '%61%20%26%0a%c3%a4%25' "$(PATH=$tmp; printf 'a &\n\303\244%%' | encode)"
    is "$script: more than a line of od" 40 "$(PATH=$tmp; printf %040d 7 | encode | { IFS= read -r text || :; echo $((${#text} / 3)); })"
    is "$script: nothing" '' "$(PATH=$tmp; printf '' | encode)"
done

checks_end
