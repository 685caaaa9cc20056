/** Labels of SELinux and roots on NFS. */
import type { Resolved } from '../image/types.ts';
import type { Sink } from '../system/events.ts';

/**
 * Warns of an image with labels that its nodes will not see. A root is mounted before there is a policy, and the kernel
 * does not ask the server for labels then: seen with Linux 6.1 and a server that runs with SELinux and exports
 * with security_label. nfs-ganesha, a kernel without SELinux and NFSv3 have none at all.
 */
export function tellLabels(
  { generation: { name, generation }, config: { selinux } }: Resolved,
  sink: Sink,
): void {
  if (!selinux) return;
  const so =
    selinux.mode === 'enforcing'
      ? 'nodes that enforce its policy will not work, not even for a login. Have them boot with enforcing=0 (slipway node set NODES --add-argument enforcing=0), build it with selinux: {mode: permissive}, or use mode ram'
      : 'to nodes all its files are of the type nfs_t';
  const message = `${name}:${generation} is labelled for SELinux, and a root on NFS has no labels: ${so}`;
  sink({ event: 'notice', level: 'warning', message });
}
