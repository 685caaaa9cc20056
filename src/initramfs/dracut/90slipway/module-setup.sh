#!/bin/bash
# The dracut module of Slipway: network, fetch, verify, overlay, switch root.
#
# It stands on systemd alone and uses none of dracut's hooks, queues or network
# modules, so it means the same from dracut 049 to 110: slipway-root.service does
# everything in one run, and emergency.service is our trap.
#
# Needed in the tree while dracut runs, named as in Debian; see packages.md beside:
#   dracut-core zstd curl openssl busybox iproute2 kmod udev util-linux e2fsprogs

check() {
    require_binaries curl openssl sha256sum tee ip losetup mkfifo || return 1
    return 255 # only when asked for
}

depends() {
    echo base systemd-initrd udev-rules
}

# Every Ethernet driver, because nobody knows which node will boot this; of the
# rest only what can carry a network (virtual machines, USB) or a keyboard.
installkernel() {
    hostonly='' instmods \
        loop overlay squashfs erofs netconsole zram lz4 lz4_compress zstd lzo-rle af_packet \
        "=drivers/net/ethernet" "=drivers/net/phy" "=drivers/net/mdio" "=drivers/net/pcs" \
        virtio_net virtio_pci virtio_mmio vmxnet3 hv_netvsc hv_vmbus pci_hyperv xen-netfront \
        "=drivers/net/usb" xhci-pci xhci-plat-hcd ehci-pci ohci-pci uhci-hcd \
        hid-generic usbhid atkbd i8042 hyperv-keyboard \
        nfs nfsv3 nfsv4
    # The overlay on zram is ext4, or xfs where that is what the system has; a partition
    # for state is what the system makes.
    hostonly='' instmods ext4
    local type
    for type in xfs btrfs; do
        if command -v mkfs.$type >/dev/null; then hostonly='' instmods $type; fi
    done
    # shellcheck disable=SC2086 # split at blanks
    hostonly='' instmods $slipway_disks
}

# Disks are looked at only where state is kept on one: 1.3 MB packed, with a kernel that
# has them all.
slipway_disks="sd_mod ahci ata_piix nvme virtio_blk virtio_scsi hv_storvsc vmw_pvscsi xen-blkfront \
megaraid_sas mpt3sas hpsa smartpqi aacraid"

install() {
    local lib=/usr/lib/slipway file

    inst_multiple cat chmod chown cp cut fold ip kill ln mkdir mkfifo mount mv readlink rm rmdir sed seq setsid \
        sha256sum sleep sort stat systemctl sync tail tee timeout tr umount losetup modprobe curl openssl blkid find
    # What a DHCP client, a shell for people and zram want, where there is one.
    inst_multiple -o busybox dhclient dhcpcd ping less mkfs.ext4 mkfs.xfs e2fsck journalctl dmesg
    inst_multiple -o /etc/mke2fs.conf
    # curl by name (https, names of servers) and openssl's settings
    inst_libdir_file "libnss_dns*" "libnss_files*"
    inst_multiple -o /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt

    for file in slipway-lib conf say report log net fetch manifest nfs private memory root files handover readonly tables disks state; do
        inst_simple "$moddir/$file.sh" "$lib/$file.sh"
    done
    for file in slipway-root slipway-trap dhcp-lease; do
        inst_script "$moddir/$file.sh" "$lib/$file.sh"
    done
    for file in rwtab statetab; do
        inst_simple "$moddir/tables/$file" "$lib/tables/$file"
    done
    inst_script "$moddir/slipway-retry.sh" /usr/bin/slipway-retry
    for file in slipway-ready.sh slipway-ready.service slipway-hostkeys.sh slipway-hostkeys.service \
        slipway-refresh.sh slipway-refresh.service slipway-relabel.sh slipway-relabel.service slipway-lock.service; do
        inst_simple "$moddir/node/$file" "$lib/node/$file"
    done

    # Else udev would load them for every disk there is: disks.sh.
    mkdir -p "$initdir/etc/modprobe.d"
    # shellcheck disable=SC2086
    printf 'blacklist %s\n' $slipway_disks >"$initdir/etc/modprobe.d/slipway-disks.conf"

    # The interface gets the name that the real root will give it, once.
    inst_rules 75-net-description.rules 80-net-setup-link.rules
    inst_multiple -o /usr/lib/systemd/network/99-default.link

    inst_simple "$moddir/slipway-root.service" "$systemdsystemunitdir/slipway-root.service"
    mkdir -p "$initdir$systemdsystemunitdir/initrd-root-fs.target.requires" "$initdir/sysroot" "$initdir/etc/slipway"
    ln -s ../slipway-root.service "$initdir$systemdsystemunitdir/initrd-root-fs.target.requires/"
    # Whatever fails, in whichever unit, ends in the same message.
    rm -f "$initdir$systemdsystemunitdir"/{emergency,rescue}.service
    inst_simple "$moddir/slipway-trap.service" "$systemdsystemunitdir/emergency.service"
    inst_simple "$moddir/slipway-trap.service" "$systemdsystemunitdir/rescue.service"

    # The image's fstab asks for no mount before the switch: go on without
    # reading it (slipway-root.service starts what this unit would have).
    ln -sfn /dev/null "$initdir$systemdsystemunitdir/initrd-parse-etc.service"

    # Only devices that can lead to a network or a keyboard are looked at.
    mkdir -p "$initdir$systemdsystemunitdir/systemd-udev-trigger.service.d"
    inst_simple "$moddir/udev-trigger.conf" "$systemdsystemunitdir/systemd-udev-trigger.service.d/slipway.conf"

    slipway_trim
}

# What the base modules bring and this boot never uses. root=slipway is no
# device, so nothing may make mount units of it; the hardware database alone is
# a third of a plain initramfs.
slipway_trim() {
    local want rules
    rm -f "$initdir$systemdutildir"/{systemd-sysroot-fstab-check,system-generators/systemd-{fstab,gpt-auto}-generator} \
        "$initdir$udevdir/hwdb.bin" "$initdir"/etc/udev/hwdb.bin
    for want in systemd-modules-load.service systemd-sysctl.service kmod-static-nodes.service \
        systemd-ask-password-console.path systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service; do
        rm -f "$initdir$systemdsystemunitdir/sysinit.target.wants/$want"
    done
    # No disk is looked at, nobody sits at a seat, no unit waits for a device: each
    # layer's loop device would start a dozen programs.
    for rules in 60-block 60-cdrom_id '*persistent-storage*' 64-btrfs 70-uaccess 71-seat 73-seat-late 99-systemd; do
        rm -f "$initdir"{/usr/lib,/lib,/etc}/udev/rules.d/${rules}.rules
    done
    rm -f "$initdir$udevdir"/{ata_id,cdrom_id,scsi_id}
}
