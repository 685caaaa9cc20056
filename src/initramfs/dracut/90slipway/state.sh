# shellcheck shell=sh
# state.sh - statetab: parts of the root that this node keeps, on an NFS server or on a
# partition of its own. Each path is copied there when it is bound for the first time.
#
# State that was asked for and is not there is the end of the boot: what is then written
# would be lost.

sw_state_missing() {
    sw_fail state-missing "$*"
}

# sw_kept: where what is kept is mounted; empty if nothing is.
sw_state_open() {
    sw_kept='' sw_state_from=''
    if [ -z "$sw_state" ]; then
        # Nobody said: as the image has it, by its fstab or CLIENTSTATE
        if sw_fstab "$sw_state_mount"; then
            sw_state=fstab
        else
            sw_state=${sw_clientstate:+nfs}
        fi
    fi
    case $sw_state in '' | none) return ;; esac
    sw_kept=$SW_RUN/state
    mkdir -p "$sw_kept"
    case $sw_state in
        nfs) sw_state_remote ;;
        *) sw_state_disk ;;
    esac
    if ! why=$(: 2>&1 >"$sw_kept/.slipway-try" && rm "$sw_kept/.slipway-try"); then
        sw_state_missing "$sw_state_from cannot be written to: $why"
    fi
}

sw_state_remote() {
    # A directory for each node, by its name
    [ -n "$sw_state_nfs" ] || [ -z "$sw_clientstate" ] || sw_state_nfs=$sw_clientstate/$sw_hostname
    [ -n "$sw_state_nfs" ] || sw_state_missing "state is to be on an NFS server, and nobody said on which"
    sw_nfs_find "$sw_kept" rw "$sw_state_nfs" || sw_state_missing "$sw_nfs_why"
    sw_state_from=$sw_nfs_from
}

sw_state_disk() {
    spec=LABEL=$sw_state_label
    if sw_fstab "$sw_state_mount"; then
        spec=$sw_spec
        case $sw_type:$sw_spec in
            nfs*:*:/*)
                sw_state_nfs="${sw_spec%%:*} ${sw_spec#*:}"
                sw_is_nfs "$sw_state_nfs" || sw_state_missing "fstab has $sw_spec for $sw_state_mount: no address and path"
                sw_state_remote
                return
                ;;
        esac
    fi
    sw_disk_of "$spec" || sw_state_missing "state is to be kept on this node: $sw_why. Make one, such as by mkfs.ext4 -L $sw_state_label on a partition that is free"
    sw_disk_mount "$sw_kept" "$sw_state_options" || sw_state_missing "$sw_why"
    sw_state_from="$sw_device ($spec)"
}

# sw_seed PATH - its first content is what the image has. It gets its name when it is
# whole: a node that is killed meanwhile starts anew.
sw_seed() {
    case $sw_seeded in *"
$1
"*) return 0 ;; esac
    to=$sw_kept$1
    # There, and not as the parent of something else: somebody made it on purpose.
    if [ -e "$to" ]; then case $sw_seeded in *"
$1/"*) ;; *) return 0 ;; esac fi
    new=$sw_kept/.slipway/new
    # NFS has no labels that could be set.
    [ "$sw_state" = nfs ] || sw_unlabelled "$SW_NEWROOT" "$1"
    # On the disk before it has its name. Links are made at once or not at all.
    sw_why=$(rm -rf "$new" 2>&1 && cp -aTx "$SW_NEWROOT$1" "$new" 2>&1 && sync 2>&1 &&
        if [ -d "$to" ]; then cp -aTln "$new" "$to" && rm -rf "$new"; else mv -T "$new" "$to"; fi 2>&1) || return 1
    echo "$1" >>"$sw_kept/.slipway/seeded"
    sw_seeded="$sw_seeded$1
"
    sw_say "kept from now on: $1"
}

# sw_state_files PATH - this node's files win over what was kept there.
sw_state_files() {
    [ -f "$SW_FILES/list" ] || return 0
    while IFS= read -r line; do
        file=${line#* * * * * }
        case $line in file\ * | link\ * | absent\ *) sw_inside "${file%/*}" || continue ;; *) continue ;; esac
        file=$sw_real/${file##*/}
        case $file in "$1" | "$1"/*) ;; *) continue ;; esac
        sw_parents "$sw_kept" "$file" && sw_why=$(rm -rf "$sw_kept$file" 2>&1) || return 1
        if [ -e "$SW_NEWROOT$file" ] || [ -L "$SW_NEWROOT$file" ]; then
            sw_why=$(cp -aT "$SW_NEWROOT$file" "$sw_kept$file" 2>&1) || return 1
        fi
    done <"$SW_FILES/list"
}

sw_state_table() { # FILE: paths, several a line
    while read -r line || [ -n "$line" ]; do
        case $line in '#'*) continue ;; esac
        while [ -n "$line" ]; do
            word=${line%%[[:space:]]*}
            sw_entry state "$word"
            line=${line#"$word"}
            line=${line#"${line%%[![:space:]]*}"}
        done
    done <"$1"
}

sw_state_bind() {
    sw_table_names statetab
    own=$sw_kept/files
    if [ -f "$own" ] && [ ! -L "$own" ]; then
        sw_tables="${sw_tables:+$sw_tables
}$own"
    fi
    : "${sw_tables:=${SW_TABLES:-/usr/lib/slipway/tables}/statetab}"
    sw_entries='' sw_paths='
'
    while IFS= read -r table; do
        sw_state_table "$table"
    done <<EOF
$sw_tables
EOF
    own=$sw_kept/.slipway
    if [ -L "$own" ] || [ -L "$own/seeded" ]; then rm -rf "$own"; fi
    mkdir -p "$own" && chmod 0700 "$own" || sw_state_missing "$sw_state_from: cannot be written to"
    sw_seeded="
$(cat "$own/seeded" 2>/dev/null)
"
    count=0
    while read -r path; do
        if [ -z "$path" ] || sw_is_nested "$path"; then continue; fi
        sw_parents "$sw_kept" "$path" && sw_seed "$path" && sw_state_files "$path" ||
            sw_state_missing "$sw_state_from: $path could not be kept: $sw_why"
        [ ! -L "$sw_kept$path" ] || sw_state_missing "$sw_state_from: $path is a link"
        sw_bound "$sw_kept" "$path" || sw_state_missing "$path could not be bound: $sw_why"
        count=$((count + 1))
    done <<EOF
$sw_paths
EOF
    sw_say "$count kept parts, on $sw_state_from"
}
