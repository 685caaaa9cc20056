# shellcheck shell=sh
# root.sh - layers and a writable top become /sysroot. Everything is mounted below
# /run/slipway, which moves to the real root with /run:
#   store/N  the layer files, in a tmpfs just large enough
#   l/N      layer N mounted, 0 the lowest; until the overlay has them
#   rw       the writable part: upper and work

SW_NEWROOT=${SW_NEWROOT:-/sysroot}

sw_store() {
    n=0
    set -- "$SW_RUN/store" "$SW_RUN/rw" "$SW_NEWROOT"
    while [ $n -lt "$sw_count" ]; do
        set -- "$@" "$SW_RUN/l/$n"
        n=$((n + 1))
    done
    mkdir -p "$@"
    # Pages are counted whole: one more for each file, and some for the file system.
    mount -t tmpfs -o "size=$((sw_sum + sw_count * 8192 + 1048576)),mode=0700" slipway-store "$SW_RUN/store" ||
        sw_fail mount "no tmpfs for the layers"
}

# Loading takes time that the network leaves free; called in the background. What
# is built into the kernel, or missing, shows when it is used.
sw_modules() {
    case $sw_mode in
        ram) set -- loop overlay squashfs erofs ;;
        nfs) set -- nfs nfsv4 ;;
        *) set -- overlay nfs nfsv4 ${sw_private:+loop "${sw_private%% *}"} ;;
    esac
    modprobe -qab "$@" || :
}

# One mount for all of them: starting it is what takes time.
sw_mount_layers() {
    # From here on nothing may change them.
    mount -o remount,ro "$SW_RUN/store" || :
    n=0 sw_lower=''
    while read -r type _; do
        echo "$SW_RUN/store/$n $SW_RUN/l/$n $type ro,loop 0 0"
        sw_lower=$n${sw_lower:+:$sw_lower}
        n=$((n + 1))
    done >"$SW_RUN/fstab" <<LAYERS
$sw_layers
LAYERS
    sw_top=$SW_RUN/l/$((n - 1))
    wait "$sw_modules"
    why=$(mount --all --fstab "$SW_RUN/fstab" 2>&1) || sw_fail mount "layers: $why"
}

# A compressed block device holds more than tmpfs does, and costs time.
sw_zram() {
    modprobe zram num_devices=0 2>/dev/null || modprobe zram || return 1
    read -r id </sys/class/zram-control/hot_add || return 1
    for algorithm in zstd lz4 lzo-rle; do
        echo $algorithm >"/sys/block/zram$id/comp_algorithm" && break
    done 2>/dev/null
    echo "${sw_overlay_mib}M" >"/sys/block/zram$id/disksize" || return 1
    if command -v mkfs.ext4 >/dev/null; then
        modprobe -q ext4 || :
        mkfs.ext4 -q -m 0 -O ^has_journal "/dev/zram$id" || return 1
    else
        modprobe -q xfs || :
        mkfs.xfs -q -K "/dev/zram$id" || return 1
    fi
    mount -o noatime,discard "/dev/zram$id" "$SW_RUN/rw"
}

sw_mount_rw() {
    case $sw_overlay in
        zram*) why=$(sw_zram 2>&1) || sw_fail mount "overlay on zram: $why" ;;
        *) mount -t tmpfs -o "size=${sw_overlay_mib}m,mode=0755" slipway-rw "$SW_RUN/rw" ||
            sw_fail mount "no tmpfs for the overlay" ;;
    esac
    mkdir "$SW_RUN/rw/upper" "$SW_RUN/rw/work"
    # The merged root directory shows the upper one's owner and mode.
    chown --reference="$sw_top" "$SW_RUN/rw/upper"
    chmod --reference="$sw_top" "$SW_RUN/rw/upper"
}

# sw_mount_overlay DIR LOWER - LOWER: names in DIR, the uppermost first
sw_mount_overlay() {
    # Names relative to l/ keep 200 layers within the one page that mount(2)
    # takes; libmount's newer interface has a limit of 256 bytes, so not that.
    why=$(cd "$1" && LIBMOUNT_FORCE_MOUNT2=always mount -t overlay \
        -o "lowerdir=$2,upperdir=$SW_RUN/rw/upper,workdir=$SW_RUN/rw/work" \
        slipway "$SW_NEWROOT" 2>&1) || sw_fail mount "overlay of ${sw_count:-1} layers: $why"
}

sw_check_init() {
    for init in /sbin/init /usr/lib/systemd/systemd /lib/systemd/systemd /bin/init; do
        # A link is resolved inside the new root, not here.
        [ -x "$SW_NEWROOT$init" ] || [ -L "$SW_NEWROOT$init" ] && return
    done
    sw_fail init "the image has no init: neither /sbin/init nor systemd"
}

# Mode ram: from the manifest to the overlay of layers
sw_root_ram() {
    sw_manifest_fetch
    sw_stage manifest "$sw_count layers, $sw_sum bytes"
    sw_netconsole &
    sw_say "image $sw_image: $sw_count layers, $((sw_sum / 1048576)) MiB"
    sw_memory_check
    sw_store
    sw_handover_run &
    sw_fetch_layers
    sw_mount_layers
    sw_mount_rw
    sw_mount_overlay "$SW_RUN/l" "$sw_lower"
    # The overlay holds the layers by itself; their own mount points would only be
    # so many more units for the real root's systemd.
    umount "$SW_RUN"/l/* && rmdir "$SW_RUN"/l/* "$SW_RUN/l"
    sw_check_init
    sw_note root "$sw_overlay_mib MiB ${sw_overlay%% *}"
}

# Mode nfs: the node's own tree, as it is
sw_root_nfs() {
    sw_handover_run &
    sw_nfs_mount "$SW_NEWROOT" rw
    sw_nfs_is_root
    sw_check_init
    sw_note root "$sw_nfs_from"
    sw_netconsole &
}

# Mode readonly: the tree of all below what is not for everybody, and what is this node's alone
sw_root_readonly() {
    sw_handover_run &
    sw_private_expect
    sw_memory_check
    sw_nfs_mount "$SW_RUN/lower" ro
    mkdir -p "$SW_RUN/rw" "$SW_NEWROOT"
    sw_top=$SW_RUN/lower sw_lower=lower
    sw_private_mount
    sw_mount_rw
    sw_mount_overlay "$SW_RUN" "$sw_lower"
    umount "$SW_RUN/lower" && rmdir "$SW_RUN/lower"
    [ -z "$sw_private" ] || { umount "$SW_RUN/l/0" && rmdir "$SW_RUN/l/0" "$SW_RUN/l"; }
    sw_nfs_is_root ". If the image was published anew just now, boot again; else publish it with nfs.squash: true"
    sw_check_init
    sw_note root "$sw_nfs_from, $sw_overlay_mib MiB ${sw_overlay%% *}"
    sw_netconsole &
}

# For slipway-retry: take down what an earlier try left.
sw_unmount_all() {
    [ -e "$SW_RUN/boot.log" ] || return 0
    rm -f "$SW_RUN/trap" "$SW_RUN/reporting"
    # -l: an NFS server that is gone is not waited for
    for dir in "$SW_NEWROOT" "$SW_RUN/lower"; do
        umount -R -l "$dir" 2>/dev/null
    done
    for dir in "$SW_RUN"/l/* "$SW_RUN/rw" "$SW_RUN/store"; do
        umount -d "$dir" 2>/dev/null
    done
    for zram in /sys/block/zram*; do
        [ -e "$zram/reset" ] && echo 1 >"$zram/reset"
    done 2>/dev/null
    return 0
}
