#!/bin/bash
# The dracut module of Slipway for live images: dracut's own livenet and dmsquash-live
# bring the root up (root=live:URL); this checks what they fetched before anything
# mounts it, hands over what the node is to know, reports, and is the trap.
#
# It shares the shell files of the module slipway, which lies beside it.

check() {
    require_binaries curl sha256sum dmsetup || return 1
    return 255 # only when asked for
}

depends() {
    echo base systemd-initrd dracut-systemd network livenet dmsquash-live
}

# Every Ethernet driver: nobody knows which node will boot this.
installkernel() {
    hostonly='' instmods \
        "=drivers/net/ethernet" "=drivers/net/phy" "=drivers/net/mdio" "=drivers/net/pcs" \
        virtio_net virtio_pci virtio_mmio vmxnet3 hv_netvsc hv_vmbus pci_hyperv xen-netfront \
        "=drivers/net/usb" xhci-pci xhci-plat-hcd ehci-pci ohci-pci uhci-hcd \
        hid-generic usbhid atkbd i8042 hyperv-keyboard
}

install() {
    local lib=/usr/lib/slipway file shared=${moddir%/*}/99slipway

    inst_multiple cat chmod chown cp curl cut fold ip ln mkdir mv readlink rm sed seq setsid sha256sum sleep sort stat \
        systemctl tail tr umount
    inst_multiple -o busybox ping less journalctl

    for file in slipway-lib conf say report log net memory files handover; do
        inst_simple "$shared/$file.sh" "$lib/$file.sh"
    done
    inst_script "$shared/slipway-trap.sh" "$lib/slipway-trap.sh"
    for file in slipway-ready.sh slipway-ready.service slipway-hostkeys.sh slipway-hostkeys.service \
        slipway-refresh.sh slipway-refresh.service slipway-relabel.sh slipway-relabel.service; do
        inst_simple "$shared/node/$file" "$lib/node/$file"
    done
    inst_simple "$moddir/slipway-live-lib.sh" "$lib/slipway-live-lib.sh"
    for file in slipway-live slipway-fetched slipway-handover; do
        inst_script "$moddir/$file.sh" "$lib/$file.sh"
    done
    inst_script "$moddir/slipway-retry.sh" /usr/bin/slipway-retry

    # We stand before the two programs of dracut that fetch and mount.
    for file in livenetroot dmsquash-live-root; do
        if [ ! -e "$initdir/sbin/$file" ]; then
            dfatal "dracut's live module has no /sbin/$file"
            return 1
        fi
        mv "$initdir/sbin/$file" "$initdir$lib/$file"
    done
    ln -s $lib/slipway-live.sh "$initdir/sbin/livenetroot"
    ln -s $lib/slipway-fetched.sh "$initdir/sbin/dmsquash-live-root"
    inst_hook pre-pivot 80 "$moddir/pre-pivot.sh"

    # Whatever fails, in whichever unit, ends in the same message.
    rm -f "$initdir$systemdsystemunitdir"/{emergency,rescue,dracut-emergency}.service
    for file in emergency rescue dracut-emergency; do
        inst_simple "$shared/slipway-trap.service" "$systemdsystemunitdir/$file.service"
    done
    mkdir -p "$initdir/etc/slipway"
}
