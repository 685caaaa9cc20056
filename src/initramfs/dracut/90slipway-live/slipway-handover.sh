#!/bin/sh
# slipway-handover - the root is mounted: lay down what this node is to have, and report.

# shellcheck source=/dev/null
. "${SW_LIB:-/usr/lib/slipway}/slipway-live-lib.sh"
sw_debug

SW_NEWROOT=${NEWROOT:-/sysroot}
sw_net_args
# Without an address from iPXE: that of the interface with the default route.
if [ -z "$sw_mac" ]; then
    read -r _ _ _ _ dev _ <<ROUTE
$(ip -4 route show default)
ROUTE
    [ -z "$dev" ] || read -r sw_mac <"/sys/class/net/$dev/address"
fi
[ -x "$SW_NEWROOT/sbin/init" ] || [ -L "$SW_NEWROOT/sbin/init" ] || sw_live_fail init "the image has no init: no /sbin/init"
sw_note root "$(stat -f -c '%b*%S' "$SW_NEWROOT" | { IFS='*' read -r blocks size && echo $((blocks * size / 1048576)); }) MiB live"

sw_handover_run
sw_handover_identity
sw_handover_files
sw_handover_refresh
sw_uptime
sw_say "root is ready after $sw_up s"
sw_note switch-root ''
sw_report_end
rm -f "$SW_RUN/reporting"
