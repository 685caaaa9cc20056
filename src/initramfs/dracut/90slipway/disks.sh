# shellcheck shell=sh
# disks.sh - partitions of this node, found by label. Only mode readonly looks at disks,
# and only if its state is to be on one: drivers of disks are not loaded before (the
# initramfs has them on a list that udev obeys: slipway_disks in module-setup.sh).

SW_DISK_WAIT=${SW_DISK_WAIT:-30} # seconds: a controller may take that long

sw_disks_drivers() {
    [ -z "$sw_disks" ] || return 0
    sw_disks=yes
    rm -f /etc/modprobe.d/slipway-disks.conf
    cat /sys/bus/*/devices/*/modalias 2>/dev/null | sort -u | while read -r alias; do
        modprobe -qb "$alias"
    done
    modprobe -qab sd_mod mmc_block || :
}

# sw_disk_of SPEC [SECONDS] -> sw_device. SPEC: LABEL=, UUID= or /dev/…. Fails with the
# reason in sw_why; sw_disk_two: there are several.
sw_disk_of() {
    sw_disk_two='' sw_device=''
    sw_disks_drivers
    waited=0
    while :; do
        case $1 in
            LABEL=* | UUID=*) sw_device=$(blkid -c /dev/null -o device -t "$1") ;;
            /dev/*) [ ! -b "$1" ] || sw_device=$1 ;;
            *) sw_why="this is no disk" && return 1 ;;
        esac
        [ -z "$sw_device" ] || break
        if [ $waited -ge $((${2:-$SW_DISK_WAIT} * 2)) ]; then
            sw_why="no disk of this node is $1"
            return 1
        fi
        sleep 0.5
        waited=$((waited + 1))
    done
    case $sw_device in *'
'*)
        sw_disk_two=yes
        sw_why="several are $1: $(echo "$sw_device" | tr '\n' ' ')"
        return 1
        ;;
    esac
}

# sw_disk_mount DIR OPTIONS - sw_device, checked before
sw_disk_mount() {
    type=$(blkid -c /dev/null -o value -s TYPE "$sw_device")
    case $type in
        ext[234])
            modprobe -qb ext4 || :
            if command -v e2fsck >/dev/null; then
                rc=0
                text=$(e2fsck -p "$sw_device" 2>&1) || rc=$?
                sw_say "$sw_device: $(echo "$text" | tail -n 1)"
                if [ $rc -ge 4 ]; then
                    sw_why="$sw_device needs a check by hand (e2fsck $sw_device): $(echo "$text" | tail -n 3 | tr '\n' ' ')"
                    return 1
                fi
            fi
            ;;
        xfs | btrfs) modprobe -qb "$type" || : ;;
        *)
            sw_why="$sw_device has no file system for this: ${type:-none}; it must be ext4, xfs or btrfs"
            return 1
            ;;
    esac
    sw_why=$(mount -t "$type" -o "noatime${2:+,$2}" "$sw_device" "$1" 2>&1)
}

# sw_device, emptied, is the writable area. Without the label nothing is touched.
sw_disk_scratch() {
    label=$(blkid -c /dev/null -o value -s LABEL "$sw_device")
    if [ "$label" != "$sw_rw_label" ]; then
        sw_why="$sw_device has the label '$label', not '$sw_rw_label', and what is on it would be removed"
        return 1
    fi
    sw_disk_mount "$sw_area" '' || return 1
    if ! sw_why=$(find "$sw_area" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf --one-file-system {} + 2>&1); then
        sw_why="$sw_device could not be emptied: $(echo "$sw_why" | tail -n 1)"
        umount "$sw_area"
        return 1
    fi
    chmod 0755 "$sw_area"
    sw_say "writable parts are on $sw_device ($sw_rw_label), emptied"
}
