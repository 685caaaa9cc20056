/** Where nodes find a tree that was pushed: kept in the publication, put in order for each node. */
import { createHash } from 'node:crypto';
import type { Publication } from '../../image/publications.ts';
import type { Digest } from '../../image/types.ts';
import { hexOf } from '../store.ts';
import type { Destination } from './destination.ts';

/** What a node mounts. */
export interface NfsServer {
  /** IPv4 */
  address: string;
  path: string;
}

/** What nodes mount of a destination. @param address of its host */
export function serverOf({ path, exported = path }: Destination, digest: Digest, address: string): NfsServer {
  return { address, path: `${exported === '/' ? '' : exported}/trees/${hexOf(digest)}` };
}

/** For `options` of a publication: no word of them has a blank. */
export function pushOptions(
  to: readonly Destination[],
  servers: readonly NfsServer[],
): { to: string; servers: string } {
  return {
    to: to.map(({ text }) => text).join(' '),
    servers: servers.map(({ address, path }) => `${address}:${path}`).join(' '),
  };
}

const words = (value: unknown) =>
  typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : [];

/** Destinations as they were given; empty: it was not pushed. */
export const destinationsOf = ({ options }: Pick<Publication, 'options'>): string[] => words(options['to']);

/** What nodes mount, in the order of the destinations; empty: it was not pushed. */
export function serversOf({ options }: Pick<Publication, 'options'>): NfsServer[] {
  return words(options['servers']).flatMap((word) => {
    const at = word.indexOf(':');
    return at < 0 ? [] : [{ address: word.slice(0, at), path: word.slice(at + 1) }];
  });
}

/**
 * The order in which a node tries servers: the same each time, first ones evenly spread over all nodes; and
 * the nodes of a server that is away are spread over the others (rendezvous hashing).
 */
export function orderFor<S extends { address: string }>(node: string, servers: readonly S[]): S[] {
  const weight = ({ address }: S) => createHash('sha256').update(`${address} ${node}`).digest('hex');
  return servers
    .map((server) => [weight(server), server] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, server]) => server);
}
