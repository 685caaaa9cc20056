# shellcheck shell=sh
# files.sh - lay this node's own files over the new root, before the switch.
#
# The list is the server's, the image is not ours to trust: each path is followed
# by hand, part by part, so that a link of the image leads where it would lead in
# the real root, and never out of it.

SW_FILES=${SW_FILES:-$SW_ETC/files}
SW_RUNROOT=${SW_RUNROOT:-} # of tests

# /run becomes the real root's as it is; all else lies below the new root.
sw_at() { # PATH -> sw_path
    case $1/ in /run/*) sw_path=$SW_RUNROOT$1 ;; *) sw_path=$SW_NEWROOT$1 ;; esac
}

# sw_inside PATH -> sw_real: the same in the new root without any link in it.
# What does not exist is kept as it is.
sw_inside() {
    rest=$1 sw_real='' links=0
    while [ -n "$rest" ]; do
        part=${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
        case $part in
            '' | .) continue ;;
            ..) sw_real=${sw_real%/*} && continue ;;
        esac
        sw_at "$sw_real/$part"
        if [ ! -L "$sw_path" ]; then
            sw_real=$sw_real/$part
            continue
        fi
        links=$((links + 1))
        [ $links -le 40 ] || { sw_why="too many links" && return 1; }
        link=$(readlink "$sw_path") || { sw_why="unreadable link" && return 1; }
        case $link in /*) sw_real='' ;; esac
        rest=$link${rest:+/$rest}
    done
}

# sw_owner FILE NAME -> sw_id: of a number itself, of a name what the image's FILE says.
sw_owner() {
    sw_id=$2
    [ "$2" != root ] || sw_id=0
    ! sw_is_uint "$sw_id" || return 0
    sw_inside "$1" || return 1
    sw_at "$sw_real"
    while IFS=: read -r entry _ sw_id _; do
        [ "$entry" != "$2" ] || ! sw_is_uint "$sw_id" || return 0
    done 2>/dev/null <"$sw_path"
    sw_why="the image has no '$2' in $1"
    return 1
}

# What the boot itself needs, wherever the image's links lead to.
sw_is_ours() {
    case $1/ in /proc/* | /sys/* | /dev/* | /run/slipway/* | /run/ | //) ;; *) return 1 ;; esac
}

# sw_kept KIND MODE UID GID PATH - a root that lasts has one like this of an earlier boot;
# what it holds is compared by whoever asks. A boot writes only what is new.
sw_kept() {
    [ "$sw_mode" = nfs ] || return 1
    if [ "$1" = link ]; then
        [ -L "$5" ]
        return
    fi
    [ -f "$5" ] && [ ! -L "$5" ] && [ "$(stat -c '%a %u %g' "$5")" = "$(printf %o $((0$2))) $3 $4" ]
}

sw_same() { # KIND PATH CONTENT
    if [ "$1" = link ]; then
        [ "$(readlink "$2")" = "$(cat "$3")" ]
    else
        [ "$(sha256sum <"$2")" = "$(sha256sum <"$3")" ]
    fi
}

sw_write() { # KIND MODE UID GID CONTENT NEW
    (
        set -C # opens with O_EXCL, which follows no link
        if [ -e "$6" ] || [ -L "$6" ]; then rm -rf "$6"; fi
        case $1:$2 in
            link:*) ln -s "$(cat "$5")" "$6" && return ;;
            file:0644) umask 022 ;;
            *) umask 077 ;;
        esac
        cat "$5" >"$6" || return
        [ "$3:$4" = 0:0 ] || chown "$3:$4" "$6" || return
        # after chown, which clears some bits
        case $2 in 0600) ;; 0644) [ "$3:$4" = 0:0 ] || chmod 0644 "$6" ;; *) chmod "$2" "$6" ;; esac
    )
}

# sw_wrote PATH - for SELinux: it, and what leads to it, is new in the writable layer,
# where labels are made only in the real root (node/slipway-relabel.service). No forks.
sw_wrote() {
    [ -d "${SW_SELINUX:-/sys/fs/selinux}" ] || return 0
    wrote=$1
    while [ -n "$wrote" ]; do
        printf '%s\0' "$wrote"
        wrote=${wrote%/*}
    done >>"$SW_RUN/relabel"
}

# sw_lay KIND MODE OWNER GROUP N PATH - fails with the reason in sw_why
sw_lay() {
    sw_inside "${6%/*}" || return 1
    dir=$sw_real name=${6##*/}
    case $name in '' | . | ..) sw_why="no path of a file" && return 1 ;; esac
    if sw_is_ours "$dir/$name"; then
        sw_why="the image's links lead to $dir/$name"
        return 1
    fi
    sw_at "$dir/$name"
    to=$sw_path at=$dir/$name
    if [ "$1" = absent ]; then
        sw_wrote "$at"
        { [ ! -e "$to" ] && [ ! -L "$to" ]; } || sw_why=$(rm -rf "$to" 2>&1)
        return
    fi
    if [ -d "$to" ] && [ ! -L "$to" ]; then
        sw_why="a directory is there"
        return 1
    fi
    sw_at "$dir"
    dir=$sw_path
    [ -d "$dir" ] || sw_why=$(umask 022 && mkdir -p "$dir" 2>&1) || return 1
    sw_owner /etc/passwd "$3" && uid=$sw_id && sw_owner /etc/group "$4" || return 1
    ! { sw_kept "$1" "$2" "$uid" "$sw_id" "$to" && sw_same "$1" "$to" "$SW_FILES/$5"; } || return 0
    sw_wrote "$at"
    sw_why=$(sw_write "$1" "$2" "$uid" "$sw_id" "$SW_FILES/$5" "$dir/.slipway-new" 2>&1 &&
        mv -fT "$dir/.slipway-new" "$to" 2>&1)
}

sw_handover_files() {
    [ -f "$SW_FILES/list" ] || return 0
    laid=0 wanted=yes
    while IFS= read -r line; do
        # the path comes last and may hold blanks, so it is cut off, not split
        path=${line#* * * * * }
        read -r kind mode owner group n _ <<EOF
$line
EOF
        case $kind in
            within)
                wanted=no
                sw_inside "$path" && sw_at "$sw_real" && [ -d "$sw_path" ] && wanted=yes
                continue
                ;;
            file | link | absent) ;;
            *) sw_fail files "the list of files has a line that this initramfs does not know: $kind" ;;
        esac
        [ $wanted = yes ] || continue
        case $path in /*) ;; *) sw_fail files "no path: $path" ;; esac
        if ! sw_only 0-7 "$mode" || ! sw_is_uint "$n"; then sw_fail files "$path: mode $mode, number $n"; fi
        sw_lay "$kind" "$mode" "$owner" "$group" "$n" "$path" ||
            sw_fail files "$path could not be made: $sw_why"
        laid=$((laid + 1))
    done <"$SW_FILES/list"
    sw_say "$laid files of this node"
}
