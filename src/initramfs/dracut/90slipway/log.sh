# shellcheck shell=sh
# log.sh - what the kernel and we say, where it can be read when the node is gone.
#
# Nothing of it may delay a boot. The kernel's last words go by netconsole, our own
# lines by UDP from the first trouble on; whoever has the address of the node could
# send such. The trap, and slipway-ready in the real root, send it all once more by
# HTTP, with the token.

# The server's address and port for logs, and the MAC address on the way to it, which
# the kernel has learned when the manifest was fetched. No forks.
sw_log_target() {
    [ -n "$sw_syslog" ] || return 1
    sw_log_ip=${sw_syslog% *} sw_log_port=${sw_syslog#* } sw_log_mac=''
    while read -r ip _ _ mac _ dev; do
        case $dev,$ip in
            "$sw_nic,$sw_log_ip") sw_is_mac "$mac" && sw_log_mac=$mac && return 0 ;;
            "$sw_nic,$sw_gw") sw_is_mac "$mac" && sw_log_mac=$mac ;;
        esac
    done </proc/net/arp
    [ -n "$sw_log_mac" ]
}

# In the background. From here on the kernel itself sends what it shows on its
# console, a panic in the real root too; where it has no netconsole, or the network
# card cannot do it, nothing happens.
sw_netconsole() {
    sw_log_target || return 0
    modprobe -q netconsole "netconsole=6665@$sw_ip/$sw_nic,$sw_log_port@$sw_log_ip/$sw_log_mac" 2>/dev/null || :
}

# sw_log_follow - from now on each of our lines, those before first. Not a child of
# ours, so that nobody waits for it; it ends with us.
sw_log_follow() {
    [ -z "$sw_following" ] && [ -n "$sw_syslog" ] && command -v bash >/dev/null || return 0
    sw_following=1
    # shellcheck disable=SC2016 # for bash to expand
    (tail -n +1 --pid=$$ -f "$SW_RUN/boot.log" 2>/dev/null |
        bash -c 'exec 3>"/dev/udp/$0/$1" && while IFS= read -r line; do printf "<14>%s\n" "$line" >&3; done' \
            "${sw_syslog% *}" "${sw_syslog#* }" 2>/dev/null &)
}

# sw_log_gather [journal] - the last lines of the kernel, and of the boot
sw_log_gather() {
    { busybox dmesg || dmesg || journalctl --dmesg --output short-monotonic --no-pager; } 2>/dev/null |
        tail -c 60000 >"$SW_RUN/dmesg"
    {
        cat "$SW_RUN/boot.log"
        [ "$1" != journal ] || journalctl --lines 150 --output short-monotonic --no-pager
    } 2>/dev/null | tail -c 60000 >"$SW_RUN/said"
}

# Both with one curl, once.
sw_log_post() {
    [ -n "$sw_report" ] || return 0
    for source in dmesg boot.log; do
        file=$SW_RUN/$source
        [ $source = dmesg ] || { file=$SW_RUN/said && echo next; }
        cat <<EOF
url = "${sw_report%/report}/log?session=$sw_session&source=$source"
header = "Authorization: Bearer $sw_token"
header = "Content-Type: text/plain"
data-binary = "@$file"
silent
fail
output = /dev/null
connect-timeout = 5
max-time = 10
EOF
    done | curl --config -
}
