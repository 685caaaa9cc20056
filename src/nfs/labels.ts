/** Labels of SELinux over NFS: which servers pass on those that an image has. */
import { existsSync } from 'node:fs';
import type { Resolved } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';

/** Mounted where the kernel runs with SELinux, enforcing or not. */
const SELINUXFS = '/sys/fs/selinux/enforce';

/**
 * Why nodes see no labels from this host's server; nothing if they do, or if it is not known.
 * nfs-ganesha 4 has none of files on disks; the kernel asks its own SELinux for them, and gives none without one
 * (linux/fs/nfsd/nfs4xdr.c, security_inode_getsecctx).
 */
export function withoutLabels(
  { nfs }: Installation['config'],
  selinux = existsSync(SELINUXFS),
): string | undefined {
  if (nfs.server === 'ganesha') return 'nfs-ganesha has no labels of SELinux';
  if (nfs.server === 'off') return undefined;
  if (nfs.version === '3') return 'NFSv3 has no labels of SELinux';
  return selinux ? undefined : "this host's kernel runs without SELinux, and gives no labels to nodes then";
}

/** Warns of an image with labels that its nodes will not see. @param elsewhere they mount it from other servers */
export function tellLabels(
  { generation: { name, generation }, config: { selinux } }: Resolved,
  { config }: Installation,
  sink: Sink,
  elsewhere = false,
): void {
  if (!selinux) return;
  const image = `${name}:${generation}`;
  if (elsewhere || config.nfs.server === 'off') {
    const message = `nodes see the labels of ${image} if that server exports with security_label, by NFS 4.2, and runs with SELinux itself`;
    return sink({ event: 'notice', level: 'info', message });
  }
  const why = withoutLabels(config);
  if (why === undefined) return;
  const so =
    selinux.mode === 'enforcing'
      ? 'nodes that enforce its policy will not work, not even for a login: have them boot with enforcing=0 (slipway node set NODES --add-argument enforcing=0), build it with selinux: {mode: permissive}, or have the server run with SELinux'
      : 'to nodes all its files are of the type nfs_t';
  sink({ event: 'notice', level: 'warning', message: `${image} is labelled for SELinux, and ${why}: ${so}` });
}
