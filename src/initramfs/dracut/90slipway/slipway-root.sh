#!/bin/sh
# slipway-root - bring up the root, from the network to the overlay. Run once by
# slipway-root.service; one concern a file, in the order of the boot.

# So that a-z in a pattern means just these
export LC_ALL=C
lib=/usr/lib/slipway
umask 022
mkdir -p /run/slipway

for part in slipway-lib conf say report log net fetch manifest nfs private memory root files handover readonly tables disks state; do
    # shellcheck source=/dev/null
    . "$lib/$part.sh"
done

sw_debug
sw_unmount_all
sw_conf_load || sw_fail conf-missing "no $SW_ETC/node.conf: the node initrd was not loaded. With UEFI firmware the kernel arguments must name it (initrd=)"
case $sw_mode in
    ram | nfs | readonly) ;;
    *) sw_fail conf-missing "this initramfs does not know the mode '$sw_mode'" ;;
esac

sw_modules &
sw_modules=$!
sw_net_up
sw_stage initramfs "$sw_nic $sw_ip"

case $sw_mode in
    ram) sw_root_ram ;;
    nfs) sw_root_nfs ;;
    readonly) sw_root_readonly ;;
esac

sw_handover_identity
sw_handover_files
sw_handover_refresh
[ "$sw_mode" != readonly ] || sw_readonly
sw_uptime
sw_say "root is ready after $sw_up s"
sw_note switch-root ''
sw_report_end
rm -f "$SW_RUN"/key.* "$SW_RUN/head" "$SW_RUN/info" "$SW_RUN/fetched" "$SW_RUN/fstab" "$SW_RUN/reporting"
