/** Classes of what keeps boots from being ready, and what to do. */

interface CauseText {
  /** What it is. */
  what: string;
  todo: string;
}

/** Classes of causes. docs/guide/following-boots.md has the same table; a test compares them. */
export const CAUSES = {
  'no-image': {
    what: 'the node has no image',
    todo: 'Assign one: slipway boot set -n NODE -i IMAGE',
  },
  refused: {
    what: 'what is assigned to the node cannot be booted',
    todo: 'Mend what the message says; the node asks again by itself every minute or so.',
  },
  'no-mac': {
    what: 'the node has no MAC address, so nobody can be recognized as it',
    todo: 'Give it one: slipway node set NODE --mac 52:54:00:12:34:56',
  },
  'no-dhcp': {
    what: 'no request by DHCP from its MAC addresses was seen',
    todo: 'Is it switched on and set to boot from the network? Check its MAC address, cable, VLAN, and the DHCP relay if it is in another network.',
  },
  unseen: {
    what: 'it never asked for a boot script (Slipway runs no DHCP here, so it cannot see more)',
    todo: 'Check that the DHCP server gives iPXE the address http://SERVER:PORT/boot/start.ipxe.',
  },
  'no-ipxe': {
    what: 'its firmware asked by DHCP, but iPXE never did',
    todo: 'It did not get iPXE: check TFTP (UDP 69) or HTTP from the node to the server, Secure Boot, and other DHCP servers that answer it.',
  },
  'no-script': {
    what: 'iPXE asked by DHCP, but never for its boot script',
    todo: 'iPXE cannot reach the server: check the firewall for the HTTP port, the route, and the interface that iPXE used.',
  },
  'no-kernel': {
    what: 'it got its script, but never the whole kernel',
    todo: 'Look at the console for what iPXE says. A firewall or a proxy between, or too little memory for the files.',
  },
  'not-loaded': {
    what: 'it got the kernel, but not the initramfs and the node initrd',
    todo: 'Look at the console for what iPXE says: too little memory for the initramfs, a broken connection, or an attestation that was refused (see the log of the server).',
  },
  silent: {
    what: 'everything was loaded, but the initramfs never reported',
    todo: 'Kernel and initramfs did not get as far as the network: look at the console (console= in the kernel arguments), or try the image: slipway image test IMAGE',
  },
  panic: {
    what: 'the kernel panicked',
    todo: 'The last lines below come from the kernel. Try the image in a virtual machine (slipway image test IMAGE); look at memory and firmware if only this node does it.',
  },
  network: {
    what: 'the initramfs got no network',
    todo: 'Check the driver of the network card in the image, cable, switch port and VLAN.',
  },
  'node-initrd': {
    what: 'the initramfs found no node.conf',
    todo: 'Boot through the script of this server; with UEFI the initrd= arguments must be there.',
  },
  manifest: {
    what: 'the manifest of the image could not be had',
    todo: 'Is the server reachable from the node after the kernel has started? Is the image still in the catalog?',
  },
  signature: {
    what: 'the manifest is not signed by a key that the node trusts',
    todo: 'Servers of one site need the same key, and the same catalog. If nothing was changed: somebody else answers in the place of the server.',
  },
  memory: {
    what: 'the node has too little memory for the image',
    todo: 'Give it more, or boot a smaller image: slipway image estimate IMAGE --mode ram',
  },
  'layer-unreachable': {
    what: 'a layer could not be fetched',
    todo: 'Check the network and the load of the servers; the console and slipway boot log NODE show each try.',
  },
  'layer-corrupt': {
    what: 'a layer arrived with wrong content',
    todo: 'Check the catalog: slipway image verify IMAGE. If that is fine: memory or network card of the node.',
  },
  mount: {
    what: 'the layers could not be mounted',
    todo: 'Does the kernel of the image have overlay and squashfs (or erofs)? See the last lines.',
  },
  'nfs-server': {
    what: 'no NFS server of the node answered',
    todo: 'Does it run, and may the node reach it? slipway nfs exports tells; the lines of the trap name the servers.',
  },
  'nfs-export': {
    what: 'the NFS server did not give the node its root',
    todo: 'Compare what the node asked for, below, with what is exported: slipway nfs exports. After a restart of the server: slipway nfs up',
  },
  state: {
    what: 'what the node keeps from boot to boot is not there',
    todo: 'Bring the server or the disk back; or let it keep nothing: slipway node set NODE --state none',
  },
  tables: {
    what: 'the writable parts of the shared root could not be made',
    todo: 'See the last lines: rwtab, statetab or readonly-root of the image.',
  },
  init: {
    what: 'the image has no init',
    todo: 'Install systemd in the recipe.',
  },
  files: {
    what: 'the files of the node could not be laid over its root',
    todo: 'See what it is to get: slipway node files NODE',
  },
  initramfs: {
    what: 'something in the initramfs failed',
    todo: 'See the last lines; slipway boot log NODE has more.',
  },
  'never-ready': {
    what: 'it went over to its root, and was never ready',
    todo: 'A service hangs, or the network did not come up again: look at the console, or log in and run systemctl list-jobs.',
  },
  'failed-units': {
    what: 'it is ready, but units failed',
    todo: 'On the node: systemctl status UNIT; journalctl -u UNIT',
  },
  check: {
    what: 'a check failed',
    todo: 'The output of the check is above.',
  },
  gone: {
    what: 'the boot ended without a word: it took longer than a day',
    todo: 'Boot the node again, and look at its console.',
  },
  slow: {
    what: 'it takes longer than usual',
    todo: 'See how far it is on its console; slipway boot history NODE compares with its other boots.',
  },
} as const satisfies Record<string, CauseText>;
export type CauseClass = keyof typeof CAUSES;

/** Codes of the trap: docs/boot-protocol.md, section 7. */
export const TRAPS: Record<string, CauseClass> = {
  'net-nonic': 'network',
  'net-nocarrier': 'network',
  'net-nodhcp': 'network',
  'conf-missing': 'node-initrd',
  'manifest-unreachable': 'manifest',
  'manifest-invalid': 'manifest',
  'manifest-signature': 'signature',
  memory: 'memory',
  'layer-unreachable': 'layer-unreachable',
  'layer-corrupt': 'layer-corrupt',
  mount: 'mount',
  'nfs-unreachable': 'nfs-server',
  'nfs-permission': 'nfs-export',
  'nfs-version': 'nfs-export',
  'nfs-path': 'nfs-export',
  'nfs-mount': 'nfs-export',
  'state-missing': 'state',
  tables: 'tables',
  init: 'init',
  files: 'files',
  initramfs: 'initramfs',
};

/** Where a boot hangs when it stays in a stage. */
export const STUCK: Record<string, CauseClass> = {
  ipxe: 'no-kernel',
  kernel: 'not-loaded',
  initrd: 'not-loaded',
  loaded: 'silent',
  'switch-root': 'never-ready',
  services: 'never-ready',
};
