/** The ssh host keys of nodes: derived from the secret of the site and the node's id, so the same at each boot. */
import type { Node } from '../node/node.ts';
import { parseCidr } from './cidr.ts';
import { deriveHostKey, HOST_KEY_TYPES, type HostKey } from './openssh.ts';

export type KeyedNode = Pick<Node, 'id' | 'name'>;

/** @param site secret of the site (src/boot/keys.ts) */
export function hostKeysOf(site: Buffer, node: KeyedNode): HostKey[] {
  return HOST_KEY_TYPES.map((type) => deriveHostKey(site, type, node.id, node.name));
}

/** Names and addresses under which a node is reached. */
export function namesOf(node: Pick<Node, 'name' | 'address' | 'interfaces'>): string[] {
  const own = Object.values(node.interfaces).flatMap(({ address }) => parseCidr(address ?? '')?.ip ?? []);
  return [...new Set([node.name, ...(node.address === undefined ? [] : [node.address]), ...own])];
}

/**
 * Lines for known_hosts: `NAMES ALGORITHM KEY`, by ed25519 and ecdsa.
 * @param names under which the node is reached: its name, addresses
 */
export function knownHosts(site: Buffer, node: KeyedNode, names: readonly string[]): string[] {
  return hostKeysOf(site, node).map((key) => `${names.join(',')} ${key.algorithm} ${key.public}`);
}
