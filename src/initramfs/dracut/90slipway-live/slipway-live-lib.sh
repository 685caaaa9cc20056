# shellcheck shell=sh
# slipway-live-lib.sh - what the parts of a live boot share.

# So that a-z in a pattern means just these
export LC_ALL=C
lib=${SW_LIB:-/usr/lib/slipway} # of tests
umask 022
mkdir -p "${SW_RUN:=/run/slipway}"
[ -e "$SW_RUN/reporting" ] || : >"$SW_RUN/reporting"

for part in slipway-lib conf say report log net memory files handover; do
    # shellcheck source=/dev/null
    . "$lib/$part.sh"
done

# sw_live_fail CODE WHAT - the trap takes over; dracut shall not go on meanwhile.
sw_live_fail() {
    printf '%s\n%s\n' "$1" "$2" >"$SW_RUN/trap"
    systemctl --no-block isolate emergency.target
    while :; do sleep 60; done
}
# of files.sh and others
sw_fail() { sw_live_fail "$@"; }

# Before the download: the live image, what its snapshot must be able to take, the system.
sw_live_memory() {
    sw_meminfo
    image=$(((sw_live_bytes + 1048575) / 1048576))
    needed=$((image + SW_OVERLAY_MIN + SW_MARGIN))
    [ $needed -le "$available" ] || sw_live_fail memory \
        "not enough RAM: needed $needed MiB (live image $image, what is written at least $SW_OVERLAY_MIN, system $SW_MARGIN), total $total MiB, available $available MiB. Give the node more memory, or make the image smaller"
}

sw_conf_load || sw_live_fail conf-missing "no $SW_ETC/node.conf: the node initrd was not loaded. With UEFI firmware the kernel arguments must name it (initrd=)"
[ "$sw_mode:${sw_live:+known}" = livenet:known ] || sw_live_fail conf-missing "this initramfs does not know the mode '$sw_mode'"
sw_live_hex=${sw_live%% *} sw_live_bytes=${sw_live#* }
