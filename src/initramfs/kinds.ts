/** The kinds of initramfs: which dracut modules they are made of, and what must be in them. */
import { join } from 'node:path';
import type { PackageManager } from '../build/packages/manager.ts';

export interface Kind {
  readonly name: string;
  /** Directories of ours by the path under which dracut sees them. */
  readonly shown: Readonly<Record<string, string>>;
  /** What the throw-away layer in which dracut runs must have. */
  tools(manager: PackageManager): readonly string[];
  /** dracut modules; one that ends in `?` only where the tree has it. */
  readonly modules: readonly string[];
  /** dracut modules that nothing may bring in. */
  readonly omit: readonly string[];
  /** Kernel modules. */
  readonly drivers: readonly string[];
  /** What must be in the list of its files. */
  readonly parts: readonly string[];
}

const MODULES = '/usr/lib/dracut/modules.d';
const own = (name: string) => join(import.meta.dirname, 'dracut', name);
/** Last of all modules, so that it can take away what others brought. */
const LAYERED = { [`${MODULES}/99slipway`]: own('90slipway') };

/** Our module alone brings the root up: layers, verified, under an overlay. */
export const layered: Kind = {
  name: 'layered',
  shown: LAYERED,
  tools: (manager) => manager.initramfsTools,
  modules: ['base', 'systemd', 'systemd-initrd', 'udev-rules', 'slipway'],
  omit: [],
  drivers: [],
  parts: ['usr/lib/slipway/slipway-root.sh', 'slipway-root.service'],
};

/**
 * dracut's own live image: `root=live:URL`, dracut.cmdline(7). Ours only checks what was fetched and hands
 * over. network-legacy must be named in 059: else networkd is chosen, which calls no netroot.
 */
export const live: Kind = {
  name: 'live',
  shown: { ...LAYERED, [`${MODULES}/99slipway-live`]: own('90slipway-live') },
  tools: (manager) => manager.liveTools,
  modules: [
    'base', 'systemd', 'systemd-initrd', 'dracut-systemd', 'network-legacy?', 'network', 'livenet', 'dmsquash-live', 'overlayfs?',
    'rootfs-block', 'udev-rules', 'fs-lib', 'shutdown', 'slipway-live',
  ], // prettier-ignore
  omit: ['ifcfg', 'i18n', 'plymouth'],
  drivers: ['loop', 'squashfs', 'ext4', 'xfs', 'dm_mod', 'dm_snapshot', 'overlay', 'af_packet', 'virtio_net', 'virtio_pci'],
  parts: ['usr/lib/slipway/slipway-live.sh', 'livenetroot', 'dmsquash-live-root', 'dmsetup'],
}; // prettier-ignore
