# shellcheck shell=sh
# memory.sh - is there room? Asked before the download, not found out after it.

SW_OVERLAY_MIN=32 # MiB: the least that the writable layer must be able to hold
SW_MARGIN=96      # MiB: what a small system needs beside its root

sw_meminfo() { # sets total and available, MiB
    while read -r name kib _; do
        case $name in
            MemTotal:) total=$((kib / 1024)) ;;
            MemAvailable:) available=$((kib / 1024)) ;;
        esac
    done </proc/meminfo
}

sw_memory_check() {
    sw_meminfo
    layers=$(((sw_sum + 1048575) / 1048576))
    needed=$((layers + SW_OVERLAY_MIN + SW_MARGIN))
    [ $needed -le "$available" ] || sw_fail memory \
        "not enough RAM: needed $needed MiB (layers $layers, overlay at least $SW_OVERLAY_MIN, system $SW_MARGIN), total $total MiB, available $available MiB. Give the node more memory, or make the image smaller"
    # Half of RAM for the overlay is an upper limit, not a promise: it must not
    # take what the layers occupy already.
    sw_overlay_mib=$(sw_size_mib "${sw_overlay#* }" "$total")
    room=$((available - layers - SW_MARGIN))
    if [ "$sw_overlay_mib" -gt $room ]; then
        sw_say "overlay limited to $room MiB instead of ${sw_overlay#* }"
        sw_overlay_mib=$room
    fi
    sw_say "memory: $total MiB, available $available, layers $layers, overlay up to $sw_overlay_mib (${sw_overlay%% *})"
}
