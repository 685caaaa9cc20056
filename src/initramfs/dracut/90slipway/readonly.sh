# shellcheck shell=sh
# readonly.sh - mode readonly: which parts of the shared root this node can write to.
#
# The semantics, and the names of the settings, are those of readonly-root of RHEL-like
# systems (initscripts), on any distribution, and before journald and whatever needs its
# state early. The image is not ours to trust: its settings are parsed and never sourced.

# A path of the image in settings and tables: absolute, without blanks
sw_is_path() {
    case $1/ in *[[:space:][:cntrl:]]* | */../*) return 1 ;; /?*) [ "${#1}" -le 1024 ] ;; *) return 1 ;; esac
}
sw_is_mount_options() {
    sw_only 'A-Za-z0-9=._,%:-' "$1" && [ "${#1}" -le 256 ] || return 1
    case ,$1, in *,bind,* | *,rbind,* | *,move,* | *,remount,* | *,loop* | *,x-*) return 1 ;; esac
}

# sw_image_file PATH -> sw_path: a regular file of the image, wherever its links lead to
sw_image_file() {
    sw_inside "$1" && sw_at "$sw_real" && [ -f "$sw_path" ] && [ -r "$sw_path" ]
}

# One setting of the image's own file. What node.conf says comes first.
sw_image_setting() { # KEY VALUE
    [ -n "$2" ] || return 0
    case $1 in
        READONLY | TEMPORARY_STATE) [ "$2" != yes ] || sw_image_wants=tables ;;
        RW_MOUNT) sw_is_path "$2" && sw_rw_mount=$2 ;;
        STATE_MOUNT) sw_is_path "$2" && sw_state_mount=$2 ;;
        RW_LABEL) sw_is_label "$2" && : "${sw_rw_label:=$2}" ;;
        STATE_LABEL) sw_is_label "$2" && : "${sw_state_label:=$2}" ;;
        RW_OPTIONS) sw_is_mount_options "${2#-o }" && sw_rw_options=${2#-o } ;;
        STATE_OPTIONS) sw_is_mount_options "${2#-o }" && sw_state_options=${2#-o } ;;
        CLIENTSTATE) sw_is_nfs "${2%%:*} ${2#*:}" && sw_clientstate="${2%%:*} ${2#*:}" ;;
        SLAVE_MOUNTS) case $2 in yes) sw_slave=--make-slave ;; no) sw_slave='' ;; *) return 1 ;; esac ;;
    esac
}

# The value of an assignment in shell's words, where it is a plain one
sw_unquoted() { # TEXT -> sw_value
    sw_value=$1
    case $sw_value in
        \"*\"*) sw_value=${sw_value#\"} sw_value=${sw_value%%\"*} ;;
        \'*\'*) sw_value=${sw_value#\'} sw_value=${sw_value%%\'*} ;;
        *) sw_value=${sw_value%%[[:space:]]*} ;;
    esac
}

sw_image_settings() {
    sw_image_wants='' sw_rw_mount=/var/lib/stateless/writable sw_state_mount=/var/lib/stateless/state
    sw_rw_options='' sw_state_options='' sw_clientstate='' sw_slave=--make-slave
    for file in /etc/sysconfig/readonly-root /etc/default/readonly-root; do
        sw_image_file "$file" || continue
        while IFS= read -r line || [ -n "$line" ]; do
            case $line in
                [A-Z]*=*)
                    sw_unquoted "${line#*=}"
                    sw_image_setting "${line%%=*}" "$sw_value" || sw_say "$file: not understood: ${line%%=*}"
                    ;;
            esac
        done <"$sw_path"
    done
    : "${sw_rw_label:=stateless-rw}" "${sw_state_label:=stateless-state}"
}

# sw_fstab PATH -> sw_spec, sw_type, sw_options: what the image's fstab mounts there
sw_fstab() {
    sw_image_file /etc/fstab || return 1
    while read -r sw_spec at sw_type sw_options _; do
        [ "$at" != "$1" ] || case $sw_spec in '#'*) ;; *) return 0 ;; esac
    done <"$sw_path"
    return 1
}

# The kernel's arguments win over node.conf, and that over what the image looks like.
sw_readonly_decide() {
    if sw_arg noreadonlyroot "$sw_cmdline" >/dev/null; then
        sw_writable=all
    elif sw_arg readonlyroot "$sw_cmdline" >/dev/null; then
        sw_writable=tables
    elif [ -z "$sw_writable" ]; then
        sw_table_names rwtab
        sw_writable=${sw_image_wants:-${sw_tables:+tables}}
        : "${sw_writable:=all}"
    fi
}

# What would do all this again in the real root, or take it back
sw_readonly_mask() {
    units=/run/systemd/system
    mkdir -p $units
    for unit in rhel-readonly readonly-root fedora-readonly; do
        ln -sf /dev/null "$units/$unit.service"
    done
    # It gives / the options that fstab has.
    [ "$sw_writable" = all ] || ln -sf /dev/null $units/systemd-remount-fs.service
}

# Nothing is written to the root any more but by who remounts it, into memory.
sw_readonly_lock() {
    for dir in proc sys dev run tmp; do
        [ -e "$SW_NEWROOT/$dir" ] || [ -L "$SW_NEWROOT/$dir" ] || mkdir "$SW_NEWROOT/$dir"
    done
    # What is new has no label before there is a policy.
    if [ -d "${SW_SELINUX:-/sys/fs/selinux}" ]; then
        units=/run/systemd/system
        mkdir -p $units/sysinit.target.wants
        cp /usr/lib/slipway/node/slipway-lock.service $units/
        ln -sf ../slipway-lock.service $units/sysinit.target.wants/
        return
    fi
    why=$(LIBMOUNT_FORCE_MOUNT2=always mount -o remount,ro "$SW_NEWROOT" 2>&1) ||
        sw_fail tables "the root could not be made read-only: $why"
}

# sw_show DIR PATH - DIR at the place where administrators look for it
sw_show() {
    sw_inside "$2" && sw_at "$sw_real" && ! sw_is_ours "$sw_real" &&
        mkdir -p "$sw_path" && mount --bind "$1" "$sw_path" || sw_say "$2 does not show $1"
}

sw_readonly() {
    sw_image_settings
    sw_readonly_decide
    sw_state_open
    if [ "$sw_writable" = tables ]; then sw_tables_bind; fi
    if [ -n "$sw_kept" ]; then sw_state_bind; fi
    if [ -n "$sw_area_own" ]; then sw_show "$sw_area" "$sw_rw_mount"; fi
    if [ -n "$sw_kept" ]; then sw_show "$sw_kept" "$sw_state_mount"; fi
    # Their binds stay.
    for dir in ${sw_area_own:+"$sw_area"} ${sw_kept:+"$sw_kept"}; do
        umount "$dir" && rmdir "$dir"
    done
    sw_readonly_mask
    if [ "$sw_writable" = tables ]; then sw_readonly_lock; fi
    sw_say "writable: $sw_writable; state: ${sw_state_from:-none}"
}
