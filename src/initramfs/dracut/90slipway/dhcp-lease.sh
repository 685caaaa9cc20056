#!/bin/sh
# dhcp-lease.sh - called by udhcpc, dhclient or dhcpcd; writes what was leased as
# one line IP,NETMASK,GATEWAY,DNS to $SW_LEASE. net.sh checks and applies it.
# The first router and the first name server are enough to boot.

case ${1:-}:${reason:-} in
    bound:* | renew:*) line="$ip,$subnet,${router%% *},${dns%% *}" ;;
    *:BOUND | *:REBOOT) line="$new_ip_address,$new_subnet_mask,${new_routers%% *},${new_domain_name_servers%% *}" ;;
    # dhclient wants the link brought up by its script
    *:PREINIT) exec ip link set dev "$interface" up ;;
    deconfig:*) exec ip link set dev "$interface" up ;;
    *) exit 0 ;;
esac
printf '%s\n' "$line" >"$SW_LEASE.new"
mv "$SW_LEASE.new" "$SW_LEASE"
