/** What of a running machine is never copied. Patterns of rsync(1): a `/*` at the end keeps the empty directory. */
import { unescapeOctal } from '../../system/octal.ts';

/** Mount points stay, since nodes need them; what is private to the machine, or is no system, does not. */
export const EXCLUDED = [
  '/proc/*', '/sys/*', '/dev/*', '/run/*', '/tmp/*', '/var/tmp/*', '/mnt/*', '/media/*', '/home/*', '/srv/*', 'lost+found',
  '/swapfile', '/swap.img', '/etc/ssh/ssh_host_*', '/etc/machine-id', '/var/lib/dbus/machine-id', '/var/lib/systemd/random-seed',
  '/var/lib/systemd/credential.secret', '/etc/mtab', '/var/cache/apt/archives/*.deb', '/var/cache/dnf/*', '/var/cache/yum/*',
  '/var/cache/zypp/*', '/var/lib/slipway', '/var/cache/slipway', '/etc/slipway',
]; // prettier-ignore

/** File systems of local disks, which belong to the system wherever they are mounted. */
const LOCAL = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'zfs', 'jfs', 'reiserfs', 'vfat', 'bcachefs', 'overlay']); // prettier-ignore

/** Patterns that leave out what other file systems show, by /proc/self/mounts: proc(5) writes blanks as `\040`. */
export function mountExcludes(mounts: string): string[] {
  const patterns = new Set<string>();
  for (const line of mounts.split('\n')) {
    const [, written, type] = line.split(' ');
    if (written === undefined || type === undefined || written === '/' || LOCAL.has(type)) continue;
    const path = unescapeOctal(written);
    if (!path.startsWith('/') || /[\n\0]/.test(path)) continue;
    patterns.add(`${literal(path)}/*`);
  }
  return [...patterns].toSorted();
}

/** A path as a pattern that stands for nothing else: rsync unescapes where there is a wildcard, and there is one. */
function literal(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&');
}
