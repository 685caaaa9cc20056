# shellcheck shell=sh
# nfs.sh - a root, or a part of one, on an NFS server.
#
# No mount.nfs: the kernel speaks with the server itself, the MOUNT protocol of version 3
# too. It takes addresses only. nfs(5); linux/Documentation/admin-guide/nfs/nfs-client.rst

# Servers tell clients of version 4 apart by name: were all nodes "localhost", each that
# boots would take from the others what they have open.
sw_nfs_client() {
    modprobe -qab nfs nfsv4 || :
    [ -z "$sw_hostname" ] || echo "$sw_hostname" >/proc/sys/kernel/hostname
    { echo "${sw_machine_id:-$sw_mac}" >/sys/module/nfs/parameters/nfs4_unique_id; } 2>/dev/null || :
}

# What nfs-options ask for: versions to try into sw_nfs_versions, the rest into
# sw_nfs_more. The kernel does not come down from a version that the server lacks.
sw_nfs_wanted() {
    sw_nfs_versions='' sw_nfs_more='' rest=$sw_nfs_options,
    while [ -n "$rest" ]; do
        word=${rest%%,*} rest=${rest#*,}
        case $word in
            vers=4 | nfsvers=4) ;;
            vers=* | nfsvers=*) sw_nfs_versions=${word#*=} ;;
            ?*) sw_nfs_more=$sw_nfs_more,$word ;;
        esac
    done
    : "${sw_nfs_versions:=4.2 4.1 4.0}"
}

# sw_nfs_arguments ADDRESS VERSION ro|rw -> sw_nfs_type, sw_nfs_flags: the last of two counts.
sw_nfs_arguments() {
    sw_nfs_type=nfs4 sw_nfs_flags=$3,vers=$2,proto=tcp
    # Nothing changes in a tree that nobody can write to, and little where nobody but this node
    # does: the server is not asked again and again.
    case $3 in
        ro) sw_nfs_flags=$sw_nfs_flags,nocto,actimeo=3600 ;;
        *) sw_nfs_flags=$sw_nfs_flags,nocto,acregmin=60,acdirmin=60 ;;
    esac
    if [ "$2" = 3 ]; then
        # No lock daemons run before there is a root.
        sw_nfs_type=nfs sw_nfs_flags=$sw_nfs_flags,port=2049,mountproto=tcp,nolock$sw_nfs_more,mountaddr=$1
    else
        sw_nfs_flags=$sw_nfs_flags$sw_nfs_more,clientaddr=$sw_ip
    fi
    # A root must wait for its server, however long that takes.
    sw_nfs_flags=$sw_nfs_flags,hard,addr=$1
}

# sw_nfs_cause EXIT TEXT -> sw_nfs_code, and sw_nfs_said in words that mean something here
sw_nfs_cause() {
    # The first line; newer versions of mount add where to look for more.
    sw_nfs_code=nfs-mount sw_nfs_said=${2%%"
"*}
    sw_nfs_said=${sw_nfs_said##*: }
    sw_nfs_said=${sw_nfs_said%.}
    [ "$1" -ne 137 ] || sw_nfs_said="no answer within $sw_nfs_limit s"
    case $1:$2 in
        137:* | *'onnection refused'* | *'o route to host'* | *'unreachable'* | *'timed out'* | *'ost is down'* | *'onnection reset'*)
            sw_nfs_code=nfs-unreachable
            ;;
        # EACCES and EROFS of a mount with -w: servers of version 3 say so of any path that they do not have.
        *'ermission denied'* | *'not permitted'* | *'write-protected'* | *'read-only'*)
            sw_nfs_code=nfs-permission sw_nfs_said="the server does not give it to this node, or not to write"
            ;;
        *'rotocol not supported'* | *'version'*) sw_nfs_code=nfs-version sw_nfs_said="the server, or this kernel, does not know this version" ;;
        *'does not exist'* | *'o such file'* | *'ot a directory'* | *'tale file'*)
            sw_nfs_code=nfs-path sw_nfs_said="the server has no such path for this node"
            ;;
        *'unknown filesystem'*) sw_nfs_said="the image's kernel, or this initramfs, cannot mount NFS" ;;
    esac
}

# The kernel's own words since the last mark, two lines at most.
sw_nfs_words() {
    { busybox dmesg || dmesg || journalctl --dmesg --output cat --no-pager; } 2>/dev/null |
        sed -n "/slipway: $sw_nfs_mark\$/,\$ s/.*\\(NFS[0-9]*: .*\\)/ (kernel: \\1)/p" | tail -n 2 | tr '\n' ' '
}

# sw_nfs_try ADDRESS PATH TARGET ro|rw - once; mount(2) of NFS can be killed at any time.
# With -w a server that lets us only read is an error.
sw_nfs_try() {
    how=-w
    [ "$4" = rw ] || how=-r
    for version in $sw_nfs_versions; do
        sw_nfs_arguments "$1" "$version" "$4"
        sw_uptime
        sw_nfs_mark="nfs $1 $version $sw_up"
        { echo "<7>slipway: $sw_nfs_mark" >/dev/kmsg; } 2>/dev/null
        rc=0
        # mount(2), not the newer calls: so what the kernel has to say goes to its log
        text=$(LIBMOUNT_FORCE_MOUNT2=always timeout -s KILL "$sw_nfs_limit" \
            mount -i $how -t $sw_nfs_type -o "$sw_nfs_flags" "$1:$2" "$3" 2>&1) || rc=$?
        if [ $rc -eq 0 ]; then
            sw_nfs_from="$1:$2 vers=$version"
            return 0
        fi
        # Killed in the very moment in which it was done.
        [ $rc -ne 137 ] || umount -l "$3" 2>/dev/null
        sw_nfs_cause $rc "$text"
        [ $sw_nfs_code = nfs-version ] || break
    done
    return 1
}

# sw_nfs_find TARGET ro|rw LIST - the first of a list of servers, a line `ADDRESS /PATH`
# each, that gives us its path; round and round, as often as `attempts` says. Sets
# sw_nfs_from; or fails with sw_nfs_code and sw_nfs_why.
sw_nfs_find() {
    sw_nfs_client
    sw_nfs_wanted
    round=1
    while :; do
        sw_nfs_why='' worst=nfs-unreachable passing=''
        # A server that is busy with a thousand nodes gets more time.
        sw_nfs_limit=$((round < 3 ? 15 * round : 45))
        while read -r address path; do
            if sw_nfs_try "$address" "$path" "$1" "$2"; then
                sw_say "mounted $sw_nfs_from ($2)"
                return 0
            fi
            [ $sw_nfs_code != nfs-version ] || version=$sw_nfs_versions
            why="$address:$path vers=$version: $sw_nfs_said$(sw_nfs_words)"
            sw_say "$why"
            sw_nfs_why="${sw_nfs_why:+$sw_nfs_why; }$why"
            case $sw_nfs_code in
                nfs-unreachable) passing=yes ;;
                nfs-mount) passing=yes worst=nfs-mount ;;
                *) worst=$sw_nfs_code ;;
            esac
        done <<LIST
$3
LIST
        sw_nfs_code=$worst
        # What somebody must mend is asked for a few times only: an export may just be made.
        if [ $round -ge "$sw_attempts" ] || { [ -z "$passing" ] && [ $round -ge 4 ]; }; then
            sw_nfs_why="$sw_nfs_why ($round tries)"
            return 1
        fi
        sw_log_follow
        ms=$(sw_delay $round)
        sw_say "NFS: trying again in $((ms / 1000)).$((ms % 1000 / 100)) s"
        sleep "$(sw_seconds "$ms")"
        round=$((round + 1))
    done
}

# A tree is worth nothing if the node's root is nobody there, and nothing makes up for it: what
# only root may read tells, and nothing is written for it.
sw_nfs_is_root() {
    shadow=$SW_NEWROOT/etc/shadow
    [ ! -f "$shadow" ] || [ -L "$shadow" ] || { true <"$shadow"; } 2>/dev/null ||
        sw_fail nfs-permission "$sw_nfs_from: this node's root is not root there (root_squash)$1"
}

# sw_nfs_mount TARGET ro|rw - what node.conf calls `nfs`, or the trap
sw_nfs_mount() {
    [ -n "$sw_nfs" ] || sw_fail conf-missing "node.conf names no NFS server"
    mkdir -p "$1"
    sw_nfs_find "$1" "$2" "$sw_nfs" || sw_fail "$sw_nfs_code" "$sw_nfs_why"
}
