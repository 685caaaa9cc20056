/** Lines of node.conf by which a node finds a tree on NFS: docs/boot-protocol.md, section 3. */
import { fail } from '../../nfs/errors.ts';
import { orderFor, type NfsServer } from '../../nfs/push/servers.ts';
import type { BootContext, ConfLine } from '../mode.ts';

/**
 * The servers of this site for a path of `nfs.exports`.
 * @throws SlipwayError `nfs/no-address`
 */
export function ownSources({ installation, host }: BootContext, path: string): NfsServer[] {
  const { nfs, serve } = installation.config;
  const own = host ?? serve.address;
  const addresses = nfs.addresses.length > 0 ? nfs.addresses : own === undefined ? [] : [own];
  if (addresses.length === 0) throw fail('no-address', {});
  return addresses.map((address) => ({ address, path }));
}

/** `nfs` and `nfs-options`: with `nfs.order: spread` each node tries the servers in an order of its own. */
export function nfsLines({ installation, node }: BootContext, servers: readonly NfsServer[]): ConfLine[] {
  const { version, options, order } = installation.config.nfs;
  const ordered = order === 'spread' ? orderFor(node.name, servers) : servers;
  return [
    ...ordered.map(({ address, path }) => ['nfs', `${address} ${path}`] as const),
    ['nfs-options', [`vers=${version}`, ...(options === undefined ? [] : [options])].join(',')],
  ];
}
