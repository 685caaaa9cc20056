/** Puts a copied machine in order: what was bound to its hardware, its disks and its place goes. */
import { lstat, readFile, writeFile } from 'node:fs/promises';
import type { Sandbox } from '../../system/sandbox.ts';
import { removeMatching } from '../clean.ts';

/** Files, with `*` in the last part only. `ifcfg-lo` stays: see {@link KEPT}. */
const REMOVED = [
  '/etc/crypttab', '/etc/adjtime', '/etc/lvm/devices/*.devices', '/etc/iscsi/initiatorname.iscsi', '/etc/multipath/bindings',
  '/etc/multipath/wwids', '/etc/udev/rules.d/*persistent-net.rules', '/etc/sysconfig/network-scripts/ifcfg-*',
  '/etc/sysconfig/network-scripts/route-*', '/etc/NetworkManager/system-connections/*', '/etc/netplan/*', '/etc/network/interfaces.d/*',
  '/var/lib/rpm/__db*', '/var/lib/dhcp/*', '/var/lib/dhclient/*', '/var/lib/NetworkManager/*', '/.autorelabel', '/etc/.updated',
  '/var/.updated', '/boot/loader/entries/*', '/.readahead', '/etc/machine-info', '/etc/blkid.tab', '/etc/blkid/*', '/etc/lvm/cache/*',
  '/etc/lvm/backup/*', '/etc/lvm/archive/*', '/etc/mdadm.conf', '/etc/mdadm/mdadm.conf', '/etc/nvme/hostnqn', '/etc/nvme/hostid',
  '/etc/udev/rules.d/*persistent-cd.rules', '/etc/sysconfig/hwconf', '/etc/systemd/network/*.network', '/etc/systemd/network/*.netdev',
  '/etc/systemd/network/*.link', '/var/lib/alsa/asound.state', '/var/lib/chrony/drift', '/var/lib/ntp/drift', '/var/lib/ntpsec/ntp.drift',
  '/var/lib/systemd/backlight/*', '/var/lib/systemd/rfkill/*',
]; // prettier-ignore
const KEPT = new Set(['ifcfg-lo']);

/** File systems of fstab(5) that need no disk and no server. */
const KEPT_MOUNTS = new Set(['tmpfs', 'proc', 'sysfs', 'devpts', 'none', 'debugfs', 'hugetlbfs', 'cgroup2', 'bpf', 'efivarfs']); // prettier-ignore

/** Paths in the image that were removed or changed, sorted. Links of the image are not followed out of it. */
export async function tidyHost(sandbox: Sandbox): Promise<string[]> {
  const touched: string[] = [];
  for (const pattern of REMOVED) touched.push(...(await removeMatching(sandbox, pattern, KEPT)));
  for (const [path, change] of [
    ['/etc/fstab', withoutDisks],
    ['/etc/sysconfig/network', withoutPlace],
    ['/etc/network/interfaces', () => 'auto lo\niface lo inet loopback\n'],
  ] as const) {
    const file = await sandbox.path(path, false);
    if (!(await lstat(file).catch(() => undefined))?.isFile()) continue;
    const before = await readFile(file, 'utf8');
    const after = change(before);
    if (after === before) continue;
    await writeFile(file, after);
    touched.push(path);
  }
  return touched.toSorted();
}

/** Lines of fstab(5) that hold on any node; comments stay. */
function withoutDisks(fstab: string): string {
  const kept = fstab.split('\n').filter((line) => {
    const [first = '', , type = ''] = line.trim().split(/\s+/);
    return first === '' || first.startsWith('#') || KEPT_MOUNTS.has(type);
  });
  return kept.join('\n');
}

/** RHEL 7 and before: host name and gateway stand there. */
function withoutPlace(network: string): string {
  return network.replace(/^\s*(HOSTNAME|GATEWAY|GATEWAYDEV)\s*=.*\n?/gm, '');
}
