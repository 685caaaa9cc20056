#!/bin/sh
# Tests of files.sh on any host, as root: dash files.test.sh
# The image is hostile: what its links point to on the host must stay untouched.
# Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2154,SC2034,SC2016
. "$(dirname "$0")/checks.sh"
umask 022
SW_NEWROOT=$tmp/root SW_RUNROOT=$tmp/initramfs SW_ETC=$tmp/etc SW_RUN=$tmp/initramfs/run/slipway
. "$here/../90slipway/slipway-lib.sh"
. "$here/../90slipway/conf.sh"
. "$here/../90slipway/files.sh"
sw_say() { said="$*"; }
sw_fail() { printf '%s\n' "$*" && exit 9; }

root=$SW_NEWROOT
fresh() {
    rm -rf "$root" "$SW_FILES" "$SW_RUNROOT" "$tmp/host"
    mkdir -p "$root/etc/ssh" "$root/usr/lib" "$root/var" "$SW_FILES" "$SW_RUN" "$tmp/host"
    echo host >"$tmp/host/file"
    ln -s /run "$root/var/run"
    printf 'root:x:0:0::/:\nmunge:x:123:456::/:\nbad:x:$(id):1::/:\n' >"$root/etc/passwd"
    printf 'root:x:0:\nkeys:x:789:\n' >"$root/etc/group"
    n=0
}
add() { # KIND MODE OWNER GROUP PATH CONTENT
    n=$((n + 1))
    printf '%s %s %s %s %d %s\n' "$1" "$2" "$3" "$4" $n "$5" >>"$SW_FILES/list"
    [ "$1" = absent ] || printf %s "$6" >"$SW_FILES/$n"
}
lay() { (sw_handover_files && printf %s "$said"); }
mode() { stat -c '%a %u %g' "$1"; }

fresh
is 'no list' '' "$(sw_handover_files)"
add file 0644 root root '/etc/a file' one
add file 0400 munge keys /etc/munge/munge.key "$(printf 'two\n\n')"
add file 4755 12 34 /usr/bin/tool three
add file 0600 root root /etc/secret four
add link 0777 root root /etc/localtime ../usr/share/zoneinfo/UTC
add absent 0000 root root /etc/passwd-
add absent 0000 root root /usr/lib/gone
add file 0644 root munge /etc/x five
echo old >"$root/etc/passwd-"
mkdir -p "$root/usr/lib/gone/deep"
ln -s "$tmp/host" "$root/usr/lib/gone/link"
ln -s "$tmp/host/file" "$root/etc/secret"
echo 'munge:x:456:' >>"$root/etc/group"
is laid '8 files of this node' "$(lay)"
is content one "$(cat "$root/etc/a file")"
is mode '644 0 0' "$(mode "$root/etc/a file")"
is names '400 123 789' "$(mode "$root/etc/munge/munge.key")"
is parents '755 0 0' "$(mode "$root/etc/munge")"
is 'set-uid survives chown' '4755 12 34' "$(mode "$root/usr/bin/tool")"
is 'a link of the image is replaced, not written through' 'four host' "$(cat "$root/etc/secret") $(cat "$tmp/host/file")"
is private '600 0 0' "$(mode "$root/etc/secret")"
is link ../usr/share/zoneinfo/UTC "$(readlink "$root/etc/localtime")"
is gone '' "$(ls -d "$root/etc/passwd-" "$root/usr/lib/gone" 2>/dev/null)"
is 'the host stays' host "$(cat "$tmp/host/file")"
is 'nothing temporary' '' "$(find "$root" -name '.slipway*')"

# Links of directories lead where they would in the real root.
fresh
ln -s "$tmp/host" "$root/etc/out"                  # absolute: inside the root
ln -s ../../../../../../../../tmp "$root/etc/up"    # never above the root
ln -s deep/er "$root/etc/in" && mkdir -p "$root/etc/deep/er"
ln -s in "$root/etc/twice"
ln -s /etc/none/yet "$root/etc/dangling"
add file 0644 root root /etc/out/a 1
add file 0644 root root /etc/up/b 2
add file 0644 root root /etc/twice/c 3
add file 0644 root root /etc/dangling/d 4
add file 0644 root root /var/run/e 5
add file 0644 root root /run/f 6
add file 0644 root root /top 7
is laid '7 files of this node' "$(lay)"
is absolute 1 "$(cat "$root$tmp/host/a")"
is 'host directory' file "$(ls "$tmp/host")"
is above 2 "$(cat "$root/tmp/b")"
is chain 3 "$(cat "$root/etc/deep/er/c")"
is dangling 4 "$(cat "$root/etc/none/yet/d")"
is '/run of the image is hidden' '5 6' "$(cat "$SW_RUNROOT/run/e") $(cat "$SW_RUNROOT/run/f")"
is top 7 "$(cat "$root/top")"

refused() { # WHAT EXPECTED
    is "$1" "files $2" "$(lay)"
}
fresh
ln -s b "$root/etc/a" && ln -s a "$root/etc/b"
add file 0644 root root /etc/a/x 1
refused loop '/etc/a/x could not be made: too many links'
fresh
ln -s /run/slipway "$root/etc/token"
add file 0644 root root /etc/token/x 1
refused 'our own' "/etc/token/x could not be made: the image's links lead to /run/slipway/x"
fresh
ln -s / "$root/etc/slash"
add absent 0000 root root /etc/slash/run
refused 'our own' "/etc/slash/run could not be made: the image's links lead to /run"
fresh
add file 0644 nobody root /etc/x 1
refused 'unknown user' "/etc/x could not be made: the image has no 'nobody' in /etc/passwd"
fresh
add file 0644 bad root /etc/x 1
refused 'a user of no number' "/etc/x could not be made: the image has no 'bad' in /etc/passwd"
fresh
add file 0644 root munge /etc/x 1
refused 'unknown group' "/etc/x could not be made: the image has no 'munge' in /etc/group"
fresh
add file 0644 root root /etc/ssh 1
refused directory '/etc/ssh could not be made: a directory is there'
fresh
add file 0644 root root /etc/passwd/x 1
is 'file in the way' 9 "$(lay >/dev/null; echo $?)"
fresh
add file 0644 root root /etc/../x 1
add file 0644 root root /etc/.. 1
is 'dots stay inside' "files /etc/.. could not be made: no path of a file" "$(lay)"
fresh
echo 'device 0644 root root 1 /dev/sda' >"$SW_FILES/list"
is 'unknown kind' 'files the list of files has a line that this initramfs does not know: device' "$(lay)"
fresh
echo 'file 0644;id root root 1 /etc/x' >"$SW_FILES/list"
is 'bad mode' 'files /etc/x: mode 0644;id, number 1' "$(lay)"
fresh
rm "$root/etc/passwd" && ln -s /etc/passwd "$root/etc/passwd" # to itself
add file 0644 munge root /etc/x 1
refused 'passwd is a loop' '/etc/x could not be made: too many links'

# What was planted where we write is not followed.
fresh
ln -s "$tmp/host/file" "$root/etc/.slipway-new"
add file 0644 root root /etc/x new
is laid '1 files of this node' "$(lay)"
is planted 'new host' "$(cat "$root/etc/x") $(cat "$tmp/host/file")"
fresh
mkdir -p "$root/etc/.slipway-new/full"
add file 0644 root root /etc/x new
is laid '1 files of this node' "$(lay)"
is planted new "$(cat "$root/etc/x")"

# Only where the image has the directory
fresh
printf '%s\n' 'within - - - 0 /etc/ssh' 'file 0600 root root 1 /etc/ssh/key' 'within - - - 0 /etc/none' \
    'file 0600 root root 2 /etc/none/key' 'within - - - 0 /etc/passwd' 'file 0600 root root 2 /etc/passwd/key' >"$SW_FILES/list"
echo key >"$SW_FILES/1" && echo key >"$SW_FILES/2"
is within '1 files of this node' "$(lay)"
is within "$root/etc/ssh/key" "$(find "$root" -name key)"

# The next one uses the users of one before.
fresh
add file 0644 root root /etc/passwd 'new:x:77:88::/:
'
add file 0644 new root /etc/x 1
is laid '2 files of this node' "$(lay)"
is 'new user' '644 77 0' "$(mode "$root/etc/x")"

# For SELinux: where it really lies, and what leads there.
fresh
ln -s /usr/lib "$root/etc/lib"
add file 0644 root root '/etc/lib/x/a b' 1
add absent 0000 root root /etc/passwd-
is laid '2 files of this node' "$(SW_SELINUX=$tmp lay)"
is relabel '/usr/lib/x/a b|/usr/lib/x|/usr/lib|/usr|/etc/passwd-|/etc|' "$(tr '\0' '|' <"$SW_RUN/relabel")"
fresh
add file 0644 root root /etc/x 1
is laid '1 files of this node' "$(SW_SELINUX=$tmp/none lay)"
is 'no SELinux' no "$([ -e "$SW_RUN/relabel" ] || echo no)"

checks_end
