#!/bin/sh
# slipway-live - in the place of dracut's livenetroot, which is called once the
# network is up: report that, let it fetch and mount, and end in the trap if it fails.

# shellcheck source=/dev/null
. "${SW_LIB:-/usr/lib/slipway}/slipway-live-lib.sh"

[ ! -e /tmp/livenet.downloaded ] || exit 0
sw_net_args
sw_nic=$1
sw_ip=$(ip -4 -o address show dev "$sw_nic" scope global 2>/dev/null | sed -n 's|.* inet \([0-9.]*\)/.*|\1|p;q')
sw_say "network: $sw_nic $sw_mac $sw_ip"
sw_stage initramfs "$sw_nic $sw_ip"
sw_live_memory
sw_say "fetching the live image, $((sw_live_bytes / 1048576)) MiB"
wait
# Tries of dracut, five seconds apart; its own number is a hundred.
RETRIES=$sw_attempts "$lib/livenetroot" "$@" ||
    sw_live_fail layer-unreachable "the live image could not be fetched or mounted: journalctl -b shows what dracut's livenet said"
