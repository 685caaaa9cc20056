#!/bin/sh
# slipway-fetched FILE - in the place of dracut's dmsquash-live-root, which mounts
# what was fetched: only if it is what the server said it would be.

# shellcheck source=/dev/null
. "${SW_LIB:-/usr/lib/slipway}/slipway-live-lib.sh"

bytes=$(stat -c %s "$1" 2>/dev/null)
sum=$(sha256sum <"$1")
[ "${sum%% *}" = "${sw_live_hex}" ] ||
    sw_live_fail layer-corrupt "the live image has wrong content: ${bytes:-0} bytes, sha256:${sum%% *} instead of $sw_live_bytes bytes, sha256:$sw_live_hex"
sw_say "live image: $((bytes / 1048576)) MiB, verified"
sw_stage layer 1/1 "bytes=$bytes"
wait
exec "$lib/dmsquash-live-root" "$@"
