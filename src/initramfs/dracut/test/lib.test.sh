#!/bin/sh
# Tests of slipway-lib.sh and conf.sh on any host: dash lib.test.sh
# Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2154,SC2016,SC2034
# Bad values are written as they are, unexpanded.
. "$(dirname "$0")/checks.sh"
. "$here/../90slipway/slipway-lib.sh"
. "$here/../90slipway/conf.sh"
sw_say() { said="$said$*;"; }

yes sw_is_hex 4 09af
for bad in 09AF 09a 09afb 'x;ls' '' '09a*'; do no sw_is_hex 4 "$bad"; done
for good in 0 1 999999999999999; do yes sw_is_uint $good; done
for bad in '' 08 -1 1e3 ' 1' 9999999999999999 '$(id)' 0x1f; do no sw_is_uint "$bad"; done
yes sw_is_mac 52:54:00:12:34:5f
for bad in 52:54:00:12:34 52-54-00-12-34-5f 52:54:00:12:34:5F '52:54:00:12:34:5f '; do no sw_is_mac "$bad"; done
for good in 0.0.0.0 10.0.2.15 255.255.255.255; do yes sw_is_ipv4 $good; done
for bad in '' 1.2.3 1.2.3.4. .1.2.3 1..2.3 1.2.3.256 01.2.3.4 1.2.3.4/24 '1.2.3.*'; do no sw_is_ipv4 "$bad"; done
is prefix 24 "$(sw_prefix 255.255.255.0)"
is prefix 0 "$(sw_prefix 0.0.0.0)"
is prefix 32 "$(sw_prefix 255.255.255.255)"
is prefix 22 "$(sw_prefix 255.255.252.0)"
for bad in 255.0.255.0 0.0.0.255 255.255.255.1 foo; do no sw_prefix "$bad"; done
for good in http://10.0.2.2:8080 https://boot.example/x/y?z=1; do yes sw_is_url "$good"; done
for bad in ftp://a file:///etc/passwd http:// 'http://a b' 'http://a"b' "http://a'b" 'http://$(id)' 'http://a`b`' 'http://a\b' 'http://a{1,2}' 'http://[a'; do no sw_is_url "$bad"; done
for good in 50% 512M 2G; do yes sw_is_size $good; done
for bad in 0% 101% 5 5K 05M M -1M 99999999G; do no sw_is_size "$bad"; done
yes sw_is_syslog '10.0.2.2 514'
for bad in '' 10.0.2.2 514 '10.0.2.2 0' '10.0.2.2 65536' '10.0.2.2 514 x' 'a 514' '10.0.2.2 $(id)' '10.0.2.2/eth0,1@ 5'; do no sw_is_syslog "$bad"; done
is size 500 "$(sw_size_mib 50% 1000)"
is size 2048 "$(sw_size_mib 2G 1000)"

is arg 2 "$(sw_arg a 'a=1 xa=9 a=2 b')"
is arg '' "$(sw_arg b 'a=1 b')"
is arg '*' "$(sw_arg a 'a=*')"
no sw_arg c 'a=1 b cc=1'

a=$(printf %064d 1) image=$(printf %064d 7)
manifest() { # lines after the header
    printf 'slipway-manifest 1\nimage x:1 sha256:%s\n' "$image" >"$tmp/m"
    printf '%b' "$1" >>"$tmp/m"
    sw_manifest "$tmp/m" "$image"
}
is manifest "squashfs $a 5
erofs $a 6" "$(manifest "layer squashfs sha256:$a 5\nlayer erofs sha256:$a 6\nend\n")"
is 'no end' "its 'end' line is missing" "$(manifest "layer squashfs sha256:$a 5\n")"
is 'no layers' "it has no layers" "$(manifest 'end\n')"
is 'after the end' "line 5 is not understood" "$(manifest "layer erofs sha256:$a 5\nend\nx\n")"
is type "line 3: unknown layer type" "$(manifest "layer ext4 sha256:$a 5\nend\n")"
for bad in "sha256:$a 05" "sha256:$a 0" "sha256:$a -1" "sha256:$a" "$a 5" "sha256:${a}0 5" "sha256:$a 5 6" "sha256:../../x 5"; do
    is "layer $bad" "line 3 is not a layer" "$(manifest "layer squashfs $bad\nend\n")"
done
is 'too many' "more than 200 layers" "$(manifest "$(i=0; while [ $i -lt 201 ]; do printf 'layer erofs sha256:%s 5\\n' "$a"; i=$((i + 1)); done)end\n")"
is 'other image' "it is not of image sha256:$a" "$(manifest 'end\n' >/dev/null; sw_manifest "$tmp/m" "$a")"
printf '<html>' >"$tmp/m"
is 'no manifest' "line 1 is not 'slipway-manifest 1'" "$(sw_manifest "$tmp/m" "$image")"

SW_ETC=$tmp said=''
cat >"$tmp/node.conf" <<'EOF'
# comment
node n1
node $(reboot)
server http://a/
server `halt`
server https://b:8/c
overlay zram 2G
overlay zram 2G;x
attempts 08
unknown key
image sha256:zz
trap poweroff
EOF
sw_conf_load
is conf 'n1|n1|http://a https://b:8/c |zram 2G|8||poweroff' \
    "$sw_node|$sw_hostname|$sw_servers|$sw_overlay|$sw_attempts|$sw_image|$sw_trap"
is 'said' 5 "$(printf %s "$said" | tr -cd ';' | wc -c)"

is delay 0 "$(for n in 1 2 3 9; do d=$(sw_delay $n); [ "$d" -ge 500 ] && [ "$d" -le 48000 ] || echo "$d"; done | wc -l)"
is progress '50 % of 2 MiB, 1.5 MB/s' "$(sw_progress 1048576 2097152 3000000 2000)"

# The switch slipway.debug: what is traced, and who can read it.
debug() { # CMDLINE
    rm -f "$tmp/debug.log"
    echo "$1" >"$tmp/cmdline"
    (
        . "$here/../90slipway/say.sh"
        SW_RUN=$tmp SW_CMDLINE=$tmp/cmdline
        sw_debug
        : traced
    ) 2>"$tmp/errors"
    grep -o ': traced$' "$tmp/debug.log" 2>/dev/null
}
is debug ': traced' "$(debug 'quiet slipway.debug rw')"
is debug 600 "$(stat -c %a "$tmp/debug.log")"
is 'no debug' '' "$(debug 'quiet slipway.debugger rw')$(ls "$tmp/debug.log" 2>/dev/null)"

checks_end
