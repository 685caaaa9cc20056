#!/bin/sh
# Tests of readonly.sh, tables.sh and state.sh on any host, as root: dash readonly.test.sh
# The image is hostile, and so is what a node kept: the host must stay untouched. Mounts
# are only noted down. Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2154,SC2034,SC2016,SC2317,SC2030,SC2031,SC2012,SC2010
. "$(dirname "$0")/checks.sh"
umask 022
SW_NEWROOT=$tmp/root SW_RUNROOT=$tmp/initramfs SW_ETC=$tmp/etc SW_RUN=$tmp/initramfs/run/slipway
SW_SELINUX=$tmp/none SW_DISK_WAIT=0
for part in slipway-lib conf files readonly tables disks state; do
    . "$here/../90slipway/$part.sh"
done
SW_TABLES=$here/../90slipway/tables
sw_say() { echo "$*" >>"$tmp/said"; }
sw_fail() { printf 'trap %s\n' "$*" && exit 9; }
sw_disks_drivers() { :; }
sync() { :; }
# busybox's shell has its own, which know less
cp() { /bin/cp "$@"; }
chown() { /bin/chown "$@"; }
chmod() { /bin/chmod "$@"; }
find() { /usr/bin/find "$@"; }
umount() { :; }
modprobe() { :; }
blkid() { cat "$tmp/disks" 2>/dev/null; }
mount() { echo "$*" | sed "s,$tmp,,g" >>"$tmp/mounts"; }

root=$SW_NEWROOT
kept=$tmp/kept
fresh() {
    rm -rf "$root" "$SW_RUNROOT" "$tmp/host" "$tmp/disks" "$SW_FILES" "$kept"
    mkdir -p "$root/etc/rwtab.d" "$root/etc/statetab.d" "$root/etc/sysconfig" "$root/var/lib" "$root/run" \
        "$SW_RUN/rw" "$tmp/host/dir" "$SW_FILES" "$kept"
    echo host >"$tmp/host/file"
    sw_state='' sw_writable=tables sw_rw_label='' sw_state_label='' sw_cmdline='' sw_hostname=n1 sw_state_nfs=''
    sw_state_from=somewhere
}
begin() {
    : >"$tmp/said"
    : >"$tmp/mounts"
    sw_image_settings
}
tables() {
    begin
    (sw_tables_bind)
}
state() {
    begin
    (sw_kept=$kept && sw_state_bind)
}
bound() { sed -n 's,^--bind --make-slave [^ ]* /root,,p' "$tmp/mounts" | tr '\n' ' '; }
area=$SW_RUN/rw/tables
mode() { stat -c '%a %u:%g' "$1"; }
names() { (cd "$1" && find . | sort | tr '\n' ' '); }

# Settings of the image
fresh
cat >"$root/etc/sysconfig/readonly-root" <<'CONF'
# Set to 'yes' to mount the file systems read-only.
READONLY=yes
RW_MOUNT="/var/lib/rw"   # here
RW_LABEL=scratch #/!\
STATE_LABEL='my-state'
STATE_OPTIONS="-o discard"
RW_OPTIONS=$(id >/tmp/x)
CLIENTSTATE=10.0.0.1:/state
SLAVE_MOUNTS=no
STATE_MOUNT=/var/../../x
RW\_MOUNT=/other
EVIL=x
CONF
begin
is settings '/var/lib/rw scratch my-state discard  10.0.0.1 /state  /var/lib/stateless/state tables' \
    "$sw_rw_mount $sw_rw_label $sw_state_label $sw_state_options $sw_rw_options $sw_clientstate $sw_slave $sw_state_mount $sw_image_wants"
is 'not understood' '/etc/sysconfig/readonly-root: not understood: RW_OPTIONS;/etc/sysconfig/readonly-root: not understood: STATE_MOUNT;' "$(tr '\n' ';' <"$tmp/said")"
sw_rw_label=mine
begin
is 'node.conf comes first' mine "$sw_rw_label"
fresh
begin
is defaults '/var/lib/stateless/writable stateless-rw stateless-state --make-slave' "$sw_rw_mount $sw_rw_label $sw_state_label $sw_slave"

# What is writable
decided() {
    sw_image_settings
    sw_readonly_decide
    echo "$sw_writable"
}
sw_writable=''
is 'nothing said' all "$(decided)"
echo >"$root/etc/rwtab.d/x"
is 'tables are there' tables "$(decided)"
rm "$root/etc/rwtab.d/x"
echo >"$root/etc/rwtab.d/x.rpmsave"
is 'leftovers are no tables' all "$(decided)"
echo READONLY=yes >"$root/etc/sysconfig/readonly-root"
is 'the image wants it' tables "$(decided)"
sw_cmdline='quiet noreadonlyroot'
is 'kernel argument off' all "$(decided)"
sw_cmdline='readonlyroot' sw_writable=all
is 'kernel argument on' tables "$(decided)"

# empty, dirs, files
fresh
cat >"$root/etc/rwtab" <<'TAB'
# comment
empty	/tmp
dirs	/var/log
files	/etc/app more words
files	/not/there
empty	/etc/single
nonsense	/etc/x
TAB
mkdir -p "$root/tmp/x" "$root/var/log/a/b" "$root/etc/app/sub"
chmod 1777 "$root/tmp"
chown 12:34 "$root/var/log/a" && chmod 2750 "$root/var/log/a"
echo 1 | tee "$root/tmp/f" "$root/var/log/f" "$root/var/log/a/f" "$root/etc/app/f" "$root/etc/single" >/dev/null
ln -s f "$root/etc/app/l"
chmod 4711 "$root/etc/app/f"
is 'no trap' '' "$(tables)"
is bound '/tmp /var/log /etc/app /etc/single ' "$(bound)"
is empty '. ' "$(names "$area/tmp")"
is 'empty: mode' '1777 0:0' "$(mode "$area/tmp")"
is dirs '. ./a ./a/b ' "$(names "$area/var/log")"
is 'dirs: mode' '2750 12:34' "$(mode "$area/var/log/a")"
is files '. ./f ./l ./sub ' "$(names "$area/etc/app")"
is 'files: mode' '4711 0:0' "$(mode "$area/etc/app/f")"
is 'a file' 1 "$(cat "$area/etc/single")"
is 'the root is as it was' '. ./a ./a/b ./a/f ./f ' "$(names "$root/var/log")"
is 'nothing beside' '' "$(ls -A "$SW_RUN/rw" | grep -v '^tables$')"

# The ancestor rule: all are copied, the uppermost is bound.
fresh
mkdir -p "$root/var/lib/a/deep" "$root/var/lib/b" "$root/var/library"
echo 1 | tee "$root/var/lib/a/f" "$root/var/lib/a/deep/g" "$root/var/lib/b/f" >/dev/null
chmod 0711 "$root/var/lib/a"
printf 'files /var/lib/a/deep\nfiles /var/lib/a/deep\n' >"$root/etc/rwtab.d/1"
printf 'empty /var/lib\ndirs /var/library\nempty /var/lib/b/' >"$root/etc/rwtab.d/2"
is 'no trap' '' "$(tables)"
is 'bound once, uppermost only' '/var/lib /var/library ' "$(bound)"
is 'what others copied is there' '. ./a ./a/deep ./a/deep/g ./b ' "$(names "$area/var/lib")"
is 'and keeps its mode' '711 0:0' "$(mode "$area/var/lib/a")"
fresh
mkdir -p "$root/var/lib/a"
echo 1 >"$root/var/lib/a/f"
printf 'files /var/lib/a\ndirs /var/lib\n' >"$root/etc/rwtab"
tables
is 'a skeleton removes nothing' '. ./a ./a/f ' "$(names "$area/var/lib")"

# Hostile tables
fresh
ln -s "$tmp/host" "$root/var/out"
ln -s ../../../../../../../../../../../../tmp "$root/var/up"
ln -s /run/lock "$root/var/lock"
ln -s '/var/with blank' "$root/var/link" && mkdir "$root/var/with blank" "$root$(dirname "$tmp")" -p
ln -s loop "$root/var/loop"
mkdir -p "$root/proc/x" "$SW_RUNROOT/run/lock"
printf 'files /var/*\nfiles var\nfiles /var/out\nfiles /var/up\nempty /var/lock\nfiles /var/link\nfiles /\nfiles /proc/x\nfiles /etc/../..\nfiles /var/loop\nfiles \\x\nfiles' >"$root/etc/rwtab"
is 'no trap' '' "$(tables)"
is 'only inside of the root' '/tmp ' "$(bound)"
is 'told' 'files /var/* is passed over: patterns are not expanded|files var is passed over: not an absolute path|files /var/link is passed over: leads to a path with blanks|files / is passed over: leads to /|files /proc/x is passed over: leads to /proc/x|files /etc/../.. is passed over: not an absolute path|files /var/loop is passed over: too many links|files \x is passed over: not an absolute path|files  is passed over: not an absolute path|1 writable parts|' \
    "$(tr '\n' '|' <"$tmp/said")"
is 'host' 'host dir file ' "$(cat "$tmp/host/file") $(ls "$tmp/host" | tr '\n' ' ')"
fresh
rm -r "$root/etc/rwtab.d"
ln -s "$tmp/host" "$root/etc/rwtab.d" && echo 'files /var' >"$tmp/host/tab"
mkfifo "$root/etc/rwtab"
is 'no trap' '' "$(tables)"
sw_table_names rwtab
is 'neither tables of the host nor what is no file' '' "$sw_tables"
fresh
mkdir -p "$root/tmp" "$root/var/log/x"
is 'no trap' '' "$(tables)"
is 'our own tables' '/tmp /var/log ' "$(bound)"

# The area
fresh
mkdir "$root/var/log"
echo 'files /var/log' >"$root/etc/rwtab"
echo 'RW_OPTIONS="-o size=5M"' >"$root/etc/sysconfig/readonly-root"
tables
is 'tmpfs with options' '-t tmpfs -o mode=0755,size=5M slipway-area /initramfs/run/slipway/area' "$(head -n 1 "$tmp/mounts")"
echo 'LABEL=other /var/lib/stateless/writable ext4 defaults 0 0' >"$root/etc/fstab"
is 'no such disk' 'trap tables fstab has LABEL=other for the writable area at /var/lib/stateless/writable: no disk of this node is LABEL=other' "$(tables)"
blkid() { case "$*" in *'-s LABEL'*) echo other ;; *) echo /dev/sdx1 ;; esac; }
is 'a disk without the label is not emptied' "trap tables fstab has LABEL=other for the writable area at /var/lib/stateless/writable: /dev/sdx1 has the label 'other', not 'stateless-rw', and what is on it would be removed" "$(tables)"
is 'not even mounted' '' "$(cat "$tmp/mounts")"
rm "$root/etc/fstab"
sw_state=local
blkid() { printf '/dev/sdx1\n/dev/sdy1\n'; }
is 'two disks' 'trap tables several are LABEL=stateless-rw: /dev/sdx1 /dev/sdy1 ' "$(tables)"
blkid() { case "$*" in *'-s LABEL'*) echo stateless-rw ;; *TYPE*) echo xfs ;; *) echo /dev/sdx1 ;; esac; }
mkdir -p "$SW_RUN/area/old/x" && ln -s "$tmp/host" "$SW_RUN/area/link" && touch "$SW_RUN/area/.h"
is 'no trap' '' "$(tables)"
is 'emptied, and in use' '. ./var ./var/log ' "$(names "$SW_RUN/area")"
is host host "$(cat "$tmp/host/file")"
blkid() { case "$*" in *'-s LABEL'*) echo stateless-rw ;; *TYPE*) echo vfat ;; *) echo /dev/sdx1 ;; esac; }
rm -rf "$SW_RUN/area"
is 'no trap' '' "$(tables)"
is 'memory instead' 'writable parts are in memory: /dev/sdx1 has no file system for this: vfat; it must be ext4, xfs or btrfs' "$(head -n 1 "$tmp/said")"
blkid() { :; }

# State that is missing
opened() {
    begin
    (sw_state_open && echo "kept=${sw_kept:+yes} $sw_state")
}
fresh
is 'not asked for' 'kept= ' "$(opened)"
sw_state=none
is none 'kept= none' "$(opened)"
sw_state=local
is 'no disk' 'trap state-missing state is to be kept on this node: no disk of this node is LABEL=stateless-state. Make one, such as by mkfs.ext4 -L stateless-state on a partition that is free' "$(opened)"
sw_state=nfs
is 'no server' 'trap state-missing state is to be on an NFS server, and nobody said on which' "$(opened)"
sw_nfs_find() { sw_nfs_why="asked for $3" && return 1; }
sw_state_nfs='10.0.0.9 /state/n1'
is 'server gone' 'trap state-missing asked for 10.0.0.9 /state/n1' "$(opened)"
sw_state='' sw_state_nfs=''
echo 'CLIENTSTATE=10.0.0.1:/s' >"$root/etc/sysconfig/readonly-root"
is "the image's" 'trap state-missing asked for 10.0.0.1 /s/n1' "$(opened)"
sw_nfs_find() { mkdir "$1/.slipway-try" && sw_nfs_from=here; }
is 'not writable' 'trap state-missing here cannot be written to:' "$(opened | cut -c 1-55 | head -n 1 | sed 's/to:.*/to:/')"
echo '10.0.0.3:/fs /var/lib/stateless/state nfs4 rw 0 0' >"$root/etc/fstab"
sw_nfs_find() { sw_nfs_why="asked for $3" && return 1; }
is 'fstab first' 'trap state-missing asked for 10.0.0.3 /fs' "$(opened)"

# Seeding
fresh
mkdir -p "$root/var/lib/app/sub" "$root/var/log"
echo image >"$root/var/lib/app/f"
echo a >"$root/etc/one" && chmod 0640 "$root/etc/one" && chown 1:2 "$root/etc/one"
chmod 0710 "$root/var/lib"
printf '# comment\n/var/lib/app /etc/one\t/nothing\n' >"$root/etc/statetab"
echo /var/log >"$kept/files"
is 'no trap' '' "$(state)"
is bound '/var/lib/app /etc/one /var/log ' "$(bound)"
is seeded 'image a' "$(cat "$kept/var/lib/app/f") $(cat "$kept/etc/one")"
is metadata '640 1:2 710 0:0' "$(mode "$kept/etc/one") $(mode "$kept/var/lib")"
echo mine >"$kept/var/lib/app/f"
rm -r "$kept/var/lib/app/sub"
echo newer >"$root/etc/one"
state
is 'seeded once' 'mine a .' "$(cat "$kept/var/lib/app/f" "$kept/etc/one" | tr '\n' ' ')$(names "$kept/var/lib/app" | cut -c 1)"
is 'what is removed stays so' '. ./f ' "$(names "$kept/var/lib/app")"
# A parent of what is kept is listed later: it is no more than a parent until then.
mkdir -p "$root/var/lib/other"
echo 2 >"$root/var/lib/other/f"
echo /var/lib >>"$root/etc/statetab"
is 'no trap' '' "$(state)"
is 'bound above' '/etc/one /var/lib /var/log ' "$(bound)"
is 'filled up' 'mine 2' "$(cat "$kept/var/lib/app/f") $(cat "$kept/var/lib/other/f")"
# What somebody made there is taken as it is.
mkdir -p "$root/srv/x" "$kept/srv"
echo /srv >"$root/etc/statetab.d/srv"
state
is 'made on purpose' '. ' "$(names "$kept/srv")"

# Stopped while seeding: what is half made has no name, and is made anew.
fresh
mkdir -p "$root/var/lib/app" "$kept/.slipway/new/half"
echo 1 >"$root/var/lib/app/f"
echo /var/lib/app >"$root/etc/statetab"
is 'disk gone' 'trap state-missing somewhere: /var/lib/app could not be kept: gone' "$(sync() { echo gone && return 1; } && state)"
is 'stopped before it has its name' 'no' "$(test -e "$kept/var/lib/app" && echo yes || echo no)"
is 'no trap' '' "$(state)"
is 'made anew' '. ./f ' "$(names "$kept/var/lib/app")"
is 'nothing beside' 'seeded ' "$(ls -A "$kept/.slipway" | tr '\n' ' ')"

# Files of the node win over what was kept.
fresh
mkdir -p "$root/var/lib/app" "$kept/var/lib/app"
echo node >"$root/var/lib/app/conf"
echo kept | tee "$kept/var/lib/app/conf" "$kept/var/lib/app/gone" "$kept/var/lib/app/stays" >/dev/null
ln -s "$tmp/host/file" "$kept/var/lib/app/link" && echo new >"$root/var/lib/app/link"
echo /var/lib/app >"$root/etc/statetab"
printf 'file 0644 root root 1 /var/lib/app/conf\nabsent 0644 root root 2 /var/lib/app/gone\nfile 0644 root root 3 /etc/hosts\nfile 0644 root root 4 /var/lib/app/link\nwithin - - - 0 /var\n' >"$SW_FILES/list"
is 'no trap' '' "$(state)"
is 'files of the node' 'node . ./conf ./link ./stays  new host' "$(cat "$kept/var/lib/app/conf") $(names "$kept/var/lib/app") $(cat "$kept/var/lib/app/link") $(cat "$tmp/host/file")"

# Links in what was kept
fresh
mkdir -p "$root/var/lib/app"
echo /var/lib/app >"$root/etc/statetab"
ln -s "$tmp/host" "$kept/var"
is 'a link on the way' "trap state-missing somewhere: /var/lib/app could not be kept: $kept/var is a link" "$(state)"
rm "$kept/var" && mkdir -p "$kept/var/lib" && ln -s "$tmp/host/dir" "$kept/var/lib/app"
is 'a link in its place' 'trap state-missing somewhere: /var/lib/app is a link' "$(state)"
rm "$kept/var/lib/app" && ln -s "$tmp/host" "$kept/.slipway"
is 'no trap' '' "$(state)"
is 'a link for our own' 'dir file ' "$(ls -A "$tmp/host" | tr '\n' ' ')"

checks_end
