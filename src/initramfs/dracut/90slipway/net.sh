# shellcheck shell=sh
# net.sh - one interface with one IPv4 address, enough to fetch the root.
#
# iPXE has spoken with the DHCP server already; what it got comes in
# slipway.net= and is used as it is. Only without it do we ask again.

sw_net_args() {
    sw_mac='' sw_ip='' sw_mask='' sw_gw='' sw_dns=''
    net=$(sw_arg slipway.net "$sw_cmdline") || return 0
    IFS=, read -r sw_mac sw_ip sw_mask sw_gw sw_dns _ <<EOF
$net
EOF
    case $sw_mac in *[!0-9a-f:]*) sw_mac=$(printf %s "$sw_mac" | tr A-F- a-f:) ;; esac
    sw_is_mac "$sw_mac" || sw_mac=''
    # An address without its mask, or what is none, is worth nothing.
    if ! sw_is_ipv4 "$sw_ip" || ! sw_prefix "$sw_mask" >/dev/null; then
        sw_ip=''
    fi
    sw_is_ipv4 "$sw_gw" && [ "$sw_gw" != 0.0.0.0 ] || sw_gw=''
    sw_is_ipv4 "$sw_dns" && [ "$sw_dns" != 0.0.0.0 ] || sw_dns=''
}

# Names of real interfaces that match: of that MAC, or all when none is given.
sw_net_candidates() {
    for dir in /sys/class/net/*; do
        [ -e "$dir/device" ] || continue
        read -r mac <"$dir/address"
        case $sw_mac in '' | "$mac") ;; *) continue ;; esac
        # udev gives the interface its lasting name; until its record is there,
        # the name may still change under us.
        read -r index <"$dir/ifindex"
        [ -e "/run/udev/data/n$index" ] || continue
        echo "${dir##*/}"
    done
}

sw_net_carrier() {
    carrier=0
    { read -r carrier <"/sys/class/net/$1/carrier"; } 2>/dev/null # an error while it is down
    [ "$carrier" = 1 ]
}

# sw_wait SECONDS COMMAND… - until it succeeds, at most that long
sw_wait() {
    # By the clock: on a slow machine the command itself takes its time.
    sw_uptime
    sw_deadline=$((${sw_up%.*} + $1))
    shift
    until "$@"; do
        sw_uptime
        [ "${sw_up%.*}" -lt "$sw_deadline" ] || return 1
        sleep 0.1
    done
}

sw_net_found() { sw_nics=$(sw_net_candidates) && [ -n "$sw_nics" ]; }

# The first candidate with a carrier; a negotiating link takes seconds.
sw_net_linked() {
    sw_net_found
    for nic in $sw_nics; do
        read -r flags <"/sys/class/net/$nic/flags"
        [ $((flags & 1)) -eq 1 ] || ip link set dev "$nic" up # IFF_UP
        if sw_net_carrier "$nic"; then
            sw_nic=$nic
            return 0
        fi
    done
    return 1
}

sw_net_apply() {
    {
        echo "address flush dev $sw_nic"
        echo "address add $sw_ip/$(sw_prefix "$sw_mask") broadcast + dev $sw_nic"
    } | ip -4 -batch - || return 1
    [ -z "$sw_gw" ] || ip route replace default via "$sw_gw" dev "$sw_nic" onlink
    [ -z "$sw_dns" ] || printf 'nameserver %s\n' "$sw_dns" >/etc/resolv.conf
}

# Whichever client the initramfs has; dhcp-lease.sh understands all three.
sw_net_dhcp() {
    lease=$SW_RUN/lease script=/usr/lib/slipway/dhcp-lease.sh
    rm -f "$lease"
    export SW_LEASE="$lease"
    if command -v busybox >/dev/null && busybox udhcpc --help >/dev/null 2>&1; then
        busybox udhcpc -i "$sw_nic" -f -n -q -t 10 -T 3 -s "$script"
    elif command -v dhclient >/dev/null; then
        timeout 40 dhclient -4 -1 -d -sf "$script" -e SW_LEASE="$lease" \
            -lf "$SW_RUN/dhclient.leases" -pf "$SW_RUN/dhclient.pid" -cf /dev/null "$sw_nic" &
        # It stays in the foreground after it bound; the lease is what counts.
        dhcp=$!
        sw_wait 40 test -s "$lease"
        kill $dhcp
    elif command -v dhcpcd >/dev/null; then
        dhcpcd -4 --oneshot --waitip=4 --timeout 30 --script "$script" \
            --env SW_LEASE="$lease" --nobackground "$sw_nic"
    fi >>"$SW_RUN/dhcp.log" 2>&1
    [ -s "$lease" ] || return 1
    IFS=, read -r sw_ip sw_mask sw_gw sw_dns <"$lease"
    sw_is_ipv4 "$sw_ip" && sw_prefix "$sw_mask" >/dev/null || return 1
    sw_is_ipv4 "$sw_gw" || sw_gw=''
    sw_is_ipv4 "$sw_dns" || sw_dns=''
}

sw_net_list() {
    for dir in /sys/class/net/*; do
        [ ! -e "$dir/device" ] || printf '%s (%s) ' "${dir##*/}" "$(cat "$dir/address")"
    done
}

sw_net_up() {
    sw_net_args
    ip link set dev lo up
    sw_wait 30 sw_net_found ||
        sw_fail net-nonic "no network interface${sw_mac:+ with MAC $sw_mac}. Its driver may be missing in the image's kernel or initramfs; interfaces found: $(sw_net_list)"
    sw_wait 45 sw_net_linked ||
        sw_fail net-nocarrier "no carrier on" "$(echo "$sw_nics" | tr "\n" " ")" "after 45 s. Check the cable and the switch port"
    read -r sw_mac <"/sys/class/net/$sw_nic/address"
    if [ -z "$sw_ip" ]; then
        sw_say "asking for an address on $sw_nic by DHCP"
        sw_net_dhcp || sw_fail net-nodhcp "nobody answered on $sw_nic ($sw_mac) by DHCP. Check that the DHCP server reaches this network"
    fi
    sw_net_apply || sw_fail net-nodhcp "the address $sw_ip/$sw_mask could not be set on $sw_nic"
    sw_say "network: $sw_nic $sw_mac $sw_ip/$(sw_prefix "$sw_mask")${sw_gw:+ via $sw_gw}"
}
