#!/bin/sh
# Tests of nfs.sh, and of what node.conf says of NFS, on any host: dash nfs.test.sh
# mount is a function here that answers as servers do.
# Prints what is wrong and exits 1, or prints the number of checks.
# shellcheck source=/dev/null disable=SC2154,SC2034,SC2016
. "$(dirname "$0")/checks.sh"
SW_ETC=$tmp SW_RUN=$tmp/run
mkdir "$SW_RUN"
. "$here/../90slipway/slipway-lib.sh"
. "$here/../90slipway/conf.sh"
. "$here/../90slipway/say.sh"
. "$here/../90slipway/nfs.sh"

for good in '10.0.0.1 /' '10.0.0.1 /srv/slipway/nodes/compute/n1' '10.0.0.1 /a:b@c+d=e~f-g_h..i'; do yes sw_is_nfs "$good"; done
for bad in '' 10.0.0.1 /srv '10.0.0.1 srv' '10.0.0.1 /a b' '10.0.0.1 /a,soft' '10.0.0.1 /a/../b' '10.0.0.1 /..' '10.0.0.1/24 /a' \
    'host /a' '10.0.0.256 /a' '10.0.0.1 /$(id)' '10.0.0.1 /a"' '10.0.0.1 /a\' '10.0.0.1  /a'; do no sw_is_nfs "$bad"; done
for good in vers=4.2 vers=3,port=2049,mountport=20048 nfsvers=4.1,rsize=1048576,nconnect=4 timeo=600,retrans=2 vers=4 noac; do yes sw_is_nfs_options "$good"; done
for bad in '' ',' 'vers=4.2,' ',vers=3' vers=4.3 vers=2 vers=4.21 vers= vers=31 v4.2 'a b' 'sec=krb5;id' soft vers=3,softerr soft,hard addr=1.2.3.4 vers=3,mountaddr=1.2.3.4 \
    clientaddr=1.2.3.4 vers=3,rw ro,vers=3 bind vers=3,remount loop=x bg 'context=system_u:object_r'; do no sw_is_nfs_options "$bad"; done
for good in all tables; do yes sw_is_writable $good; done
for bad in '' none ALL; do no sw_is_writable "$bad"; done
for good in none nfs local; do yes sw_is_state $good; done
for bad in '' tmpfs 'nfs x'; do no sw_is_state "$bad"; done
for good in stateless-rw A.b_c; do yes sw_is_label $good; done
for bad in '' 'a b' a/b 'a"' 1234567890123456789012345678901234567; do no sw_is_label "$bad"; done

cat >"$tmp/node.conf" <<'CONF'
node n1
mode nfs
nfs 10.0.0.2 /b
nfs 10.0.0.x /c
nfs 10.0.0.1 /a
nfs-options vers=3,port=2050
writable tables
state nfs
state-nfs 10.0.0.3 /state/n1
rw-label rw
state-label st
attempts 5
CONF
sw_say() { :; }
sw_conf_load
is conf '10.0.0.2 /b
10.0.0.1 /a|vers=3,port=2050|tables|nfs|10.0.0.3 /state/n1|rw|st' \
    "$sw_nfs|$sw_nfs_options|$sw_writable|$sw_state|$sw_state_nfs|$sw_rw_label|$sw_state_label"

wanted() { sw_nfs_options=$1 && sw_nfs_wanted && echo "$sw_nfs_versions|$sw_nfs_more"; }
is 'no options' '4.2 4.1 4.0|' "$(wanted '')"
is 'version 4' '4.2 4.1 4.0|' "$(wanted vers=4)"
is 'one version' '4.1|,rsize=65536,noac' "$(wanted rsize=65536,vers=4.1,noac)"
arguments() { sw_nfs_wanted && sw_nfs_arguments "$@" && echo "$sw_nfs_type $sw_nfs_flags"; }
sw_ip=10.0.0.9 sw_nfs_options=nconnect=2
is 'version 4.2' 'nfs4 rw,vers=4.2,proto=tcp,nocto,acregmin=60,acdirmin=60,nconnect=2,clientaddr=10.0.0.9,hard,addr=10.0.0.1' "$(arguments 10.0.0.1 4.2 rw)"
sw_nfs_options=vers=3,port=2050
is 'version 3, read-only' 'nfs ro,vers=3,proto=tcp,nocto,actimeo=3600,port=2049,mountproto=tcp,nolock,port=2050,mountaddr=10.0.0.1,hard,addr=10.0.0.1' "$(arguments 10.0.0.1 3 ro)"

# What util-linux says, and which trap that is.
cause() { sw_nfs_limit=15 && sw_nfs_cause "$@" && echo "$sw_nfs_code: $sw_nfs_said"; }
is killed 'nfs-unreachable: no answer within 15 s' "$(cause 137 Killed)"
is refused 'nfs-unreachable: Connection refused' "$(cause 32 'mount: /sysroot: mount(2) system call failed: Connection refused.')"
is 'no route' 'nfs-unreachable: No route to host' "$(cause 32 'mount: /sysroot: mount(2) system call failed: No route to host.
       dmesg(1) may have more information after failed mount system call.')"
is permission 'nfs-permission: the server does not give it to this node, or not to write' "$(cause 32 'mount: /sysroot: permission denied.')"
is 'permission of a mount with -w' 'nfs-permission: the server does not give it to this node, or not to write' "$(cause 32 'mount: /sysroot: 10.0.0.1:/a is write-protected but explicit read-write mode requested.')"
is version 'nfs-version: the server, or this kernel, does not know this version' "$(cause 32 'mount: /sysroot: mount(2) system call failed: Protocol not supported.')"
is path 'nfs-path: the server has no such path for this node' "$(cause 32 'mount: /sysroot: special device 10.0.0.1:/a does not exist.')"
is 'newer words' 'nfs-path: the server has no such path for this node' "$(cause 32 'mount: /sysroot: fsconfig() failed: No such file or directory.')"
is other 'nfs-mount: Input/output error' "$(cause 32 'mount: /sysroot: mount(2) system call failed: Input/output error.')"

# Servers: what mount was asked, and what each answers.
sleep() { :; }
modprobe() { :; }
busybox() { :; }
sw_log_follow() { :; }
sw_nfs_client() { :; }
sw_fail() { echo "$1: $2"; exit 9; }
timeout() { # -s KILL LIMIT mount -i -w -t TYPE -o FLAGS SOURCE TARGET
    echo "$9 ${10}" >>"$tmp/asked"
    shift 10
    echo "$1" >>"$tmp/asked.sources"
    case $1 in
        10.0.0.2:*) echo "mount: x: mount(2) system call failed: Connection refused." && return 32 ;;
        10.0.0.4:*) echo "mount: x: permission denied." && return 32 ;;
        10.0.0.5:*) [ "$(grep -c 10.0.0.5 "$tmp/asked.sources")" -ge 3 ] || { echo "mount: x: special device does not exist." && return 32; } ;;
        10.0.0.6:*) case $(tail -n 1 "$tmp/asked") in *vers=4.1*) ;; *) echo "mount: x: Protocol not supported." && return 32 ;; esac ;;
    esac
}
find_() { # SERVERS…
    rm -f "$tmp"/asked*
    sw_nfs=$(printf '%s\n' "$@")
    (sw_nfs_mount "$tmp/root" rw && echo "$sw_nfs_from")
}
asked() { tr '\n' ' ' <"$tmp/asked.sources"; }
sw_nfs_options='' sw_attempts=5
is 'the first' '10.0.0.1:/a vers=4.2' "$(find_ '10.0.0.1 /a' '10.0.0.3 /b')"
is 'the second' '10.0.0.3:/b vers=4.2' "$(find_ '10.0.0.2 /a' '10.0.0.3 /b')"
is 'in order' '10.0.0.2:/a 10.0.0.3:/b ' "$(asked)"
is 'an older version' '10.0.0.6:/a vers=4.1' "$(find_ '10.0.0.6 /a')"
is 'an export that comes' '10.0.0.5:/a vers=4.2' "$(find_ '10.0.0.5 /a')"
is 'none' 'nfs-unreachable: 10.0.0.2:/a vers=4.2: Connection refused (5 tries)' "$(find_ '10.0.0.2 /a')"
is 'tries' 5 "$(wc -l <"$tmp/asked.sources" | tr -d ' ')"
is 'what tells most' 'nfs-permission: 10.0.0.4:/a vers=4.2: the server does not give it to this node, or not to write; 10.0.0.2:/b vers=4.2: Connection refused (5 tries)' "$(find_ '10.0.0.4 /a' '10.0.0.2 /b')"
is 'lasting' 'nfs-permission: 10.0.0.4:/a vers=4.2: the server does not give it to this node, or not to write (4 tries)' "$(find_ '10.0.0.4 /a')"
sw_nfs_options=vers=4.0
is 'the version asked for' 'nfs-version: 10.0.0.6:/a vers=4.0: the server, or this kernel, does not know this version (4 tries)' "$(find_ '10.0.0.6 /a')"
is 'no server' 'conf-missing: node.conf names no NFS server' "$(sw_nfs='' && sw_nfs_mount "$tmp/root" rw)"

checks_end
