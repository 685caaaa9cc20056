# shellcheck shell=sh
# conf.sh - what this node was told: kernel arguments and node.conf.

SW_RUN=${SW_RUN:-/run/slipway}
SW_ETC=${SW_ETC:-/etc/slipway}

# One value of node.conf, if it passes its check; else the default.
sw_take() { # KEY DEFAULT CHECK…
    key=$1 default=$2
    shift 2
    value=$(sw_conf "$key" "$SW_ETC/node.conf" | sed -n 1p)
    if [ -n "$value" ] && "$@" "$value"; then
        printf '%s\n' "$value"
        return
    fi
    [ -z "$value" ] || sw_say "node.conf: '$key' is not valid, using '$default'" >&2
    printf '%s\n' "$default"
}

sw_is_image() { case $1 in sha256:*) sw_is_hex 64 "${1#sha256:}" ;; *) return 1 ;; esac }
sw_is_action() { case $1 in shell | poweroff | reboot | halt) ;; *) return 1 ;; esac }
sw_is_attempts() { sw_is_uint "$1" && [ "$1" -ge 1 ] && [ "$1" -le 1000 ]; }
sw_is_session() { sw_only 0-9a-f "$1" && [ "${#1}" -le 64 ]; }
sw_is_overlay() {
    case $1 in tmpfs\ * | zram\ *) sw_is_size "${1#* }" ;; *) return 1 ;; esac
}

sw_conf_load() {
    sw_cmdline=$(cat /proc/cmdline)
    sw_node='' sw_session='' sw_token='' sw_report='' sw_servers='' sw_image='' sw_mac=''
    sw_trap=$(sw_arg slipway.trap "$sw_cmdline") && sw_is_action "$sw_trap" || sw_trap=shell
    [ -r "$SW_ETC/node.conf" ] || return 1

    sw_trap=$(sw_take trap "$sw_trap" sw_is_action)
    sw_node=$(sw_take node '' sw_is_name)
    sw_hostname=$(sw_take hostname "$sw_node" sw_is_hostname)
    sw_machine_id=$(sw_take machine-id '' sw_is_hex 32)
    sw_session=$(sw_take session '' sw_is_session)
    sw_token=$(sw_take token '' sw_is_token)
    sw_report=$(sw_take report '' sw_is_url)
    sw_image=$(sw_take image '' sw_is_image)
    sw_mode=$(sw_take mode ram sw_is_name)
    sw_overlay=$(sw_take overlay 'tmpfs 50%' sw_is_overlay)
    sw_attempts=$(sw_take attempts 8 sw_is_attempts)
    # URLs have no blanks, so a list of words holds them.
    sw_servers=$(sw_conf server "$SW_ETC/node.conf" | while IFS= read -r url; do
        sw_is_url "$url" && printf '%s ' "${url%/}"
    done)
}
