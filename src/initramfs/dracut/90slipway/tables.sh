# shellcheck shell=sh
# tables.sh - rwtab: parts of a read-only root that this node may write to, until it is
# switched off.
#
#   empty PATH   the directory alone
#   dirs PATH    the directories in it
#   files PATH   all of it
#
# They are copied to the writable area, with owners, modes and attributes, and bound over
# the root. A path that is not there is passed over, and one below another that is listed
# is part of that one's bind. Links are followed as in sw_inside: never out of the root.

# What an editor or a package manager left
sw_is_leftover() { case $1 in *~ | *.bak | *.orig | *.rpmnew | *.rpmorig | *.rpmsave | *.dpkg-*) ;; *) return 1 ;; esac }

# sw_table_names rwtab|statetab -> sw_tables: the image's tables, a path each line
sw_table_names() {
    sw_tables=''
    if sw_image_file "/etc/$1"; then sw_tables=$sw_path; fi
    sw_inside "/etc/$1.d" && sw_at "$sw_real" || return 0
    for file in "$sw_path"/*; do
        name=${file##*/}
        case $name in *[[:cntrl:]]*) continue ;; esac
        if ! sw_is_leftover "$name" && sw_image_file "/etc/$1.d/$name"; then
            sw_tables="${sw_tables:+$sw_tables
}$sw_path"
        fi
    done
}

# sw_entry TYPE PATH - one more in sw_entries, if it is something that can be bound; no
# path stands there twice.
sw_entry() {
    sw_why=''
    case $2 in
        *[*?[]*) sw_why="patterns are not expanded" ;;
        *) sw_is_path "$2" || sw_why="not an absolute path" ;;
    esac
    if [ -z "$sw_why" ] && sw_inside "$2"; then
        sw_at "$sw_real"
        case $sw_real/ in
            *[[:space:][:cntrl:]]*) sw_why="leads to a path with blanks" ;;
            / | /proc/* | /sys/* | /dev/*) sw_why="leads to ${sw_real:-/}" ;;
            /run/*) return 0 ;; # in memory anyway
            *) [ -e "$sw_path" ] || return 0 ;;
        esac
    fi
    if [ -n "$sw_why" ]; then
        sw_say "$1 $2 is passed over: $sw_why"
        return
    fi
    sw_entries="$sw_entries$1 $sw_real
"
    case $sw_paths in *"
$sw_real
"*) ;; *) sw_paths="$sw_paths$sw_real
" ;; esac
}

# Whether something above PATH is listed
sw_is_nested() {
    above=${1%/*}
    while [ -n "$above" ]; do
        case $sw_paths in *"
$above
"*) return 0 ;; esac
        above=${above%/*}
    done
    return 1
}

# sw_parents AREA PATH - the directories that lead to PATH, as they are in the root. Fails
# where AREA has a link in their place, with the reason in sw_why.
sw_parents() {
    step='' left=${2#/}
    while :; do
        case $left in */*) step=$step/${left%%/*} left=${left#*/} ;; *) return 0 ;; esac
        if [ -L "$1$step" ]; then
            sw_why="$1$step is a link"
            return 1
        fi
        [ ! -d "$1$step" ] || continue
        # Most are root's, as new ones are: each program that starts takes time.
        sw_why=$(mkdir "$1$step" 2>&1 &&
            { [ -O "$SW_NEWROOT$step" ] && [ -G "$SW_NEWROOT$step" ] || chown --reference="$SW_NEWROOT$step" "$1$step" 2>&1; } &&
            chmod --reference="$SW_NEWROOT$step" "$1$step" 2>&1) || return 1
    done
}

# sw_copied TYPE PATH - to sw_area
sw_copied() {
    sw_parents "$sw_area" "$2" || return 1
    # -x: never into what is mounted below
    if [ "$1" = files ] || [ ! -d "$SW_NEWROOT$2" ]; then
        sw_why=$(cp -aTx "$SW_NEWROOT$2" "$sw_area$2" 2>&1)
        return
    fi
    # The directory alone is there if something below it was listed before.
    [ "$1:$(test -d "$sw_area$2" && echo there)" != empty:there ] || return 0
    # cp alone knows of all attributes, and no way to leave the files out: made without
    # content, and removed. Beside, where another line has copied something, which must stay.
    skeleton=$sw_area$2 depth=1
    [ "$1" = empty ] || depth=0
    [ ! -d "$skeleton" ] || skeleton=$SW_RUN/rw/skeleton
    sw_why=$(cp -aTx --attributes-only "$SW_NEWROOT$2" "$skeleton" 2>&1 &&
        if [ $depth -eq 1 ]; then find "$skeleton" -mindepth 1 -delete; else find "$skeleton" ! -type d -delete; fi 2>&1) || return 1
    [ "$skeleton" = "$sw_area$2" ] || sw_why=$(cp -aT "$skeleton" "$sw_area$2" 2>&1 && rm -rf "$skeleton" 2>&1)
}

# sw_bound FROM PATH - FROM/PATH over the root's
sw_bound() {
    sw_why=$(mount --bind ${sw_slave:+"$sw_slave"} "$1$2" "$SW_NEWROOT$2" 2>&1)
}

# sw_unlabelled AREA PATH - as sw_wrote, for all that is below
sw_unlabelled() {
    [ -d "${SW_SELINUX:-/sys/fs/selinux}" ] || return 0
    (cd "$1" && find ".$2" -print0) >>"$SW_RUN/relabel"
}

# Where they are copied to, sw_area: what fstab mounts on RW_MOUNT, else the partition with
# the label, else memory. sw_area_own: it is a mount of its own.
sw_area_open() {
    sw_area=$SW_RUN/area sw_area_own=yes
    mkdir -p "$sw_area"
    if sw_fstab "$sw_rw_mount"; then
        [ "$sw_type" != tmpfs ] || sw_rw_options=${sw_options:-mode=0755}
        [ "$sw_type" = tmpfs ] || {
            sw_disk_of "$sw_spec" && sw_disk_scratch && return
            sw_fail tables "fstab has $sw_spec for the writable area at $sw_rw_mount: $sw_why"
        }
    elif [ "$sw_state" = local ]; then
        sw_disk_of "LABEL=$sw_rw_label" 5 && sw_disk_scratch && return
        [ -z "$sw_disk_two" ] || sw_fail tables "$sw_why"
        sw_say "writable parts are in memory: $sw_why"
    fi
    if [ -n "$sw_rw_options" ]; then
        why=$(mount -t tmpfs -o "mode=0755,$sw_rw_options" slipway-area "$sw_area" 2>&1) ||
            sw_fail tables "no tmpfs with the image's RW_OPTIONS ($sw_rw_options): $why"
        return
    fi
    rmdir "$sw_area"
    # Beside the overlay's upper directory, so that one limit holds for both
    sw_area=$SW_RUN/rw/tables sw_area_own=''
    mkdir -p "$sw_area"
}

sw_tables_bind() {
    sw_table_names rwtab
    # An image that says nothing gets what systems need that were not made for this.
    : "${sw_tables:=${SW_TABLES:-/usr/lib/slipway/tables}/rwtab}"
    sw_entries='' sw_paths='
'
    while IFS= read -r table; do
        while read -r type path _ || [ -n "$type" ]; do
            case $type in empty | dirs | files) sw_entry "$type" "$path" ;; esac
        done <"$table"
    done <<EOF
$sw_tables
EOF
    sw_area_open
    while read -r type path; do
        [ -z "$type" ] || sw_copied "$type" "$path" || sw_fail tables "$type $path could not be copied: $sw_why"
    done <<EOF
$sw_entries
EOF
    count=0
    while read -r path; do
        if [ -z "$path" ] || sw_is_nested "$path"; then continue; fi
        sw_unlabelled "$sw_area" "$path"
        sw_bound "$sw_area" "$path" || sw_fail tables "$path could not be bound: $sw_why"
        count=$((count + 1))
    done <<EOF
$sw_paths
EOF
    sw_say "$count writable parts"
}
