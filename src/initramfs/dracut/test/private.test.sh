#!/bin/sh
# Tests of private.sh: what a node asks for, of whom, and that it takes nothing else. curl is a
# function here that answers as servers do, and mount notes down.
# Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2034,SC2154,SC2317
. "$(dirname "$0")/checks.sh"
SW_RUN=$tmp/run SW_ETC=$tmp SW_NEWROOT=$tmp/root
for part in slipway-lib conf say fetch nfs private root; do
    . "$here/../90slipway/$part.sh"
done

a=$(printf %064d 1)
for good in "squashfs $a 4096" "erofs $a 1"; do yes sw_is_private "$good"; done
for bad in '' "$a 4096" "squashfs $a" "squashfs $a 0" "squashfs $a x" "ext4 $a 4096" "squashfs $a 4 5" "squashfs  $a 5" "squashfs ${a}0 5" \
    'squashfs ../../etc/passwd 5' "squashfs $(printf %064d 1 | tr 0 A) 5"; do no sw_is_private "$bad"; done

content='only for root'
right=$(printf %s "$content" | sha256sum)
right=${right%% *}
cat >"$tmp/node.conf" <<CONF
node n1
session abc123
token secret-token_1
server http://10.0.0.9:8080
server http://10.0.0.1:8080
report http://10.0.0.1:8080/boot/report
private squashfs $right 13
private ext4 $right 14
attempts 3
CONF
sw_say() { :; }
sw_stage() { :; }
sw_log_follow() { :; }
sleep() { :; }
# Ends at once: a signal while the pipe is opened.
sw_watch() { :; }
kill() { :; }
mount() { echo "$*" | sed "s,$tmp,,g" >>"$tmp/mounts"; }
sw_fail() { printf 'trap %s\n' "$*" && exit 9; }
# How many bytes come with each try, and what: files `answer.1`, … of what curl would write to the file and say.
sw_curl() {
    tries=$(($(cat "$tmp/tries") + 1))
    echo $tries >"$tmp/tries"
    printf '%s\n' "$sw_wanted" >>"$tmp/asked"
    offset=$(printf '%s\n' "$sw_wanted" | sed -n 's/^continue-at = //p')
    out=$(printf '%s\n' "$sw_wanted" | sed -n 's/^output = "\(.*\)"$/\1/p')
    [ -e "$tmp/answer.$tries" ] || return 22
    read -r http rc text <"$tmp/answer.$tries"
    printf %s "$text" >>"$out"
    echo "done 0 $right 13 $offset $http ${#text} 0.1"
    return "$rc"
}
sw_layer_file() { cat "$SW_RUN/store/0"; }
fresh() {
    rm -rf "$tmp/run" "$tmp/asked" "$tmp/mounts" "$tmp"/answer.*
    mkdir -p "$SW_RUN"
    echo 0 >"$tmp/tries"
    sw_conf_load
    sw_try=0
}
mounted() { (: & sw_modules=$! && sw_private_expect && sw_lower=lower && sw_private_mount && echo "$sw_lower $(sw_layer_file)|$sw_servers") }

fresh
sw_private_expect
is expected "1 13 squashfs $right 13" "$sw_count $sw_sum $sw_layers"
echo "200 0 $content" >"$tmp/answer.1"
is 'fetched and mounted' "l/0:lower $content|http://10.0.0.9:8080 http://10.0.0.1:8080 " "$(mounted)"
is 'asked for' "url = \"http://10.0.0.1:8080/boot/private/abc123/$right\"" "$(grep url "$tmp/asked")"
is 'with the token' 'header = "Authorization: Bearer secret-token_1"' "$(grep header "$tmp/asked" | head -n 1)"
is 'mounted as a layer' '/run/store/0 /run/l/0 squashfs ro,loop 0 0' "$(sed "s,$tmp,,g" "$SW_RUN/fstab")"
is 'in a memory of its size' "-t tmpfs -o size=$((13 + 8192 + 1048576)),mode=0700 slipway-store /run/store" "$(head -n 1 "$tmp/mounts")"

# Broken off: it goes on where it was. Wrong: from the beginning, and not for ever.
fresh
echo '200 18 only for' >"$tmp/answer.1"
echo "206 0 XrootX" >"$tmp/answer.2"
echo "200 0 $content" >"$tmp/answer.3"
is 'wrong content is thrown away' "l/0:lower $content|http://10.0.0.9:8080 http://10.0.0.1:8080 " "$(mounted)"
is 'from where it was, then anew' '0 8 0' "$(sed -n 's/^continue-at = //p' "$tmp/asked" | tr '\n' ' ' | sed 's/ $//')"
is 'of one server only' 3 "$(grep -c 'url = "http://10.0.0.1:8080/boot/private/abc123/' "$tmp/asked")"
fresh
for n in 1 2 3 4; do echo '200 0 only for evil' >"$tmp/answer.$n"; done
is 'always wrong' 'trap layer-corrupt private layer 1/1 has wrong content' "$(mounted | sed 's/ content: .*/ content/')"
is 'nothing of it is mounted' '' "$(grep -e --all "$tmp/mounts")"
fresh
is 'refused' 'trap layer-unreachable layers could not be downloaded: 3 tries in a row failed' "$(mounted | sed 's/, the last.*//')"

# Without one nothing is asked.
fresh
sw_private=''
is 'nothing private' 'lower |' "$(sw_layer_file() { :; }; mounted | sed 's/|.*/|/')"
sw_private_expect
is 'no memory' '0 0' "$sw_count $sw_sum"
no test -e "$tmp/asked"
fresh
sw_report=''
is 'no server' 'trap conf-missing' "$(mounted | cut -c 1-17)"

# Layers are asked for as before, of anybody, without the token.
fresh
sw_layers="squashfs $right 13" sw_count=1 sw_sum=13 sw_servers='http://10.0.0.9 '
mkdir -p "$SW_RUN/store"
echo "200 0 $content" >"$tmp/answer.1"
sw_fetch_layers
is 'layers' "url = \"http://10.0.0.9/blobs/sha256/$right\" 0" "$(grep url "$tmp/asked") $(grep -c Authorization "$tmp/asked")"

checks_end
