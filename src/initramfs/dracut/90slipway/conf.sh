# shellcheck shell=sh
# conf.sh - what this node was told: kernel arguments and node.conf.

SW_RUN=${SW_RUN:-/run/slipway}
SW_ETC=${SW_ETC:-/etc/slipway}

sw_is_image() { case $1 in sha256:*) sw_is_hex 64 "${1#sha256:}" ;; *) return 1 ;; esac }
sw_is_action() { case $1 in shell | poweroff | reboot | halt) ;; *) return 1 ;; esac }
sw_is_refresh() { sw_is_uint "$1" && [ "$1" -ge 10 ] && [ "$1" -le 604800 ]; }
# SHA-256 BYTES
sw_is_live() { sw_is_hex 64 "${1% *}" && sw_is_uint "${1#* }"; }
sw_is_attempts() { sw_is_uint "$1" && [ "$1" -ge 1 ] && [ "$1" -le 1000 ]; }
# ADDRESS PORT
sw_is_syslog() { sw_is_ipv4 "${1% *}" && sw_is_uint "${1#* }" && [ "${1#* }" -ge 1 ] && [ "${1#* }" -le 65535 ]; }
sw_is_session() { sw_only 0-9a-f "$1" && [ "${#1}" -le 64 ]; }
# ADDRESS /PATH
sw_is_nfs() {
    sw_is_ipv4 "${1%% *}" || return 1
    case ${1#* }/ in *[!A-Za-z0-9/._+@:=~-]* | */../*) return 1 ;; /*) [ "${#1}" -le 1024 ] ;; *) return 1 ;; esac
}
# Options of nfs(5). Addresses are ours to give, and a root that does not wait for its
# server is none.
sw_is_nfs_options() {
    sw_only 'a-z0-9=._,' "$1" && [ "${#1}" -le 512 ] || return 1
    case ,$1, in
        *,soft* | *,addr=* | *,mountaddr=* | *,clientaddr=* | *,ro,* | *,rw,* | *,remount,* | *,bind,* | *,rbind,* | *,loop* | *,bg,* | *,,*) return 1 ;;
    esac
    options=$1,
    while [ -n "$options" ]; do
        case ${options%%,*} in
            vers=3 | vers=4 | vers=4.[012] | nfsvers=3 | nfsvers=4 | nfsvers=4.[012]) ;;
            vers=* | nfsvers=* | v[0-9]*) return 1 ;;
        esac
        options=${options#*,}
    done
}
# TYPE SHA256 BYTES
sw_is_private() {
    case $1 in squashfs\ * | erofs\ *) sw_is_live "${1#* }" && [ "${1##* }" -gt 0 ] ;; *) return 1 ;; esac
}
sw_is_writable() { case $1 in all | tables) ;; *) return 1 ;; esac }
sw_is_state() { case $1 in none | nfs | local) ;; *) return 1 ;; esac }
# Of a file system
sw_is_label() { [ "${#1}" -le 36 ] && sw_only A-Za-z0-9._- "$1"; }
sw_is_overlay() {
    case $1 in tmpfs\ * | zram\ *) sw_is_size "${1#* }" ;; *) return 1 ;; esac
}

# One line of node.conf. A value is taken only if it passes its check; a key that
# is not ours, and a comment, mean nothing. No forks: this runs on every boot.
sw_conf_line() { # KEY VALUE
    case $1 in
        node) sw_is_name "$2" && sw_node=$2 ;;
        hostname) sw_is_hostname "$2" && sw_hostname=$2 ;;
        machine-id) sw_is_hex 32 "$2" && sw_machine_id=$2 ;;
        session) sw_is_session "$2" && sw_session=$2 ;;
        token) sw_is_token "$2" && sw_token=$2 ;;
        server) sw_is_url "$2" && sw_servers="$sw_servers${2%/} " ;; # URLs have no blanks
        report) sw_is_url "$2" && sw_report=$2 ;;
        syslog) sw_is_syslog "$2" && sw_syslog=$2 ;;
        image) sw_is_image "$2" && sw_image=$2 ;;
        mode) sw_is_name "$2" && sw_mode=$2 ;;
        live) sw_is_live "$2" && sw_live=$2 ;;
        nfs) sw_is_nfs "$2" && sw_nfs="${sw_nfs:+$sw_nfs
}$2" ;;
        nfs-options) sw_is_nfs_options "$2" && sw_nfs_options=$2 ;;
        private) sw_is_private "$2" && sw_private=$2 ;;
        writable) sw_is_writable "$2" && sw_writable=$2 ;;
        state) sw_is_state "$2" && sw_state=$2 ;;
        state-nfs) sw_is_nfs "$2" && sw_state_nfs=$2 ;;
        rw-label) sw_is_label "$2" && sw_rw_label=$2 ;;
        state-label) sw_is_label "$2" && sw_state_label=$2 ;;
        overlay) sw_is_overlay "$2" && sw_overlay=$2 ;;
        attempts) sw_is_attempts "$2" && sw_attempts=$2 ;;
        refresh) sw_is_refresh "$2" && sw_refresh=$2 ;;
        trap) sw_is_action "$2" && sw_trap=$2 ;;
    esac
}

sw_conf_load() {
    read -r sw_cmdline </proc/cmdline
    sw_node='' sw_hostname='' sw_machine_id='' sw_session='' sw_token='' sw_servers=''
    sw_report='' sw_syslog='' sw_following='' sw_image='' sw_mac='' sw_live='' sw_mode=ram sw_overlay='tmpfs 50%' sw_attempts=8 sw_refresh=''
    sw_nfs='' sw_nfs_options='' sw_private='' sw_writable='' sw_state='' sw_disks='' sw_state_nfs='' sw_rw_label='' sw_state_label=''
    sw_trap=$(sw_arg slipway.trap "$sw_cmdline") && sw_is_action "$sw_trap" || sw_trap=shell
    [ -r "$SW_ETC/node.conf" ] || return 1
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            '#'* | '') ;;
            *' '*) sw_conf_line "${line%% *}" "${line#* }" || sw_say "node.conf: not valid: ${line%% *}" ;;
        esac
    done <"$SW_ETC/node.conf"
    : "${sw_hostname:=$sw_node}"
}
