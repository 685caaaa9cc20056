/** The ssh host keys of nodes: derived from the secret of the site and the node's id, so the same at each boot. */
import type { Node } from '../node/node.ts';
import { deriveHostKey, HOST_KEY_TYPES, type HostKey } from './openssh.ts';

export type KeyedNode = Pick<Node, 'id' | 'name'>;

/** @param site secret of the site (src/boot/keys.ts) */
export function hostKeysOf(site: Buffer, node: KeyedNode): HostKey[] {
  return HOST_KEY_TYPES.map((type) => deriveHostKey(site, type, node.id, node.name));
}

/**
 * Lines for known_hosts: `NAMES ALGORITHM KEY`, by ed25519 and ecdsa.
 * @param names under which the node is reached: its name, addresses
 */
export function knownHosts(site: Buffer, node: KeyedNode, names: readonly string[]): string[] {
  return hostKeysOf(site, node).map((key) => `${names.join(',')} ${key.algorithm} ${key.public}`);
}
