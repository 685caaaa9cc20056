/** Lines of node.conf by which a node finds a tree on NFS: docs/boot-protocol.md, section 3. */
import { createHash } from 'node:crypto';
import type { Resolved } from '../../image/types.ts';
import { fail } from '../../nfs/errors.ts';
import type { BootContext, ConfLine } from '../mode.ts';

/** An NFS server, and the path there. */
export interface Source {
  address: string;
  path: string;
}

/**
 * The servers of this site for a path of `nfs.exports`.
 * @throws SlipwayError `nfs/no-address`
 */
export function ownSources({ installation, host }: BootContext, path: string): Source[] {
  const { nfs, serve } = installation.config;
  const own = host ?? serve.address;
  const addresses = nfs.addresses.length > 0 ? nfs.addresses : own === undefined ? [] : [own];
  if (addresses.length === 0) throw fail('no-address', {});
  return addresses.map((address) => ({ address, path }));
}

/** `nfs` and `nfs-options`. Each node tries the sources in an order of its own, so that several servers share the work. */
export function nfsLines({ installation, node }: BootContext, sources: readonly Source[]): ConfLine[] {
  const { version, options } = installation.config.nfs;
  return [
    ...spread(node.name, sources).map(({ address, path }) => ['nfs', `${address} ${path}`] as const),
    ['nfs-options', [`vers=${version}`, ...(options === undefined ? [] : [options])].join(',')],
  ];
}

/** Of the tree of a generation, bytes: as it is, where it has been made. */
export function treeBytes({ published = [], config }: Resolved): number {
  const made = published.find(({ mode, options }) => TREES.has(mode) && Number(options['bytes']) > 0);
  return made ? Number(made.options['bytes']) : config.layers.reduce((sum, layer) => sum + layer.unpacked, 0);
}

/** Modes that share it. */
const TREES = new Set(['nfs', 'readonly']);

/** Highest random weight: one server more or less moves only the nodes that it has. */
export function spread(node: string, sources: readonly Source[]): Source[] {
  const weight = ({ address, path }: Source) =>
    createHash('sha256').update(`${node}\0${address}\0${path}`).digest('hex');
  return sources.toSorted((a, b) => (weight(a) < weight(b) ? -1 : 1));
}
