/** The manifest of a generation for its nodes, and its signature: docs/boot-protocol.md, section 4. */
import { sign } from 'node:crypto';
import type { Resolved } from '../image/types.ts';
import { MEDIA } from '../image/types.ts';
import type { SigningKey } from './keys.ts';

/** The text of the manifest. */
export function manifestText({ generation, layers }: Resolved): string {
  const lines = layers.map(({ mediaType, digest, size }) => {
    const type = mediaType === MEDIA.erofs ? 'erofs' : 'squashfs';
    return `layer ${type} ${digest} ${size}`;
  });
  return [
    'slipway-manifest 1',
    `image ${generation.name}:${generation.generation} ${generation.digest}`,
    ...lines,
    'end',
    '',
  ].join('\n');
}

/** Signatures made before, by text: a thousand nodes that boot one image need one. */
const made = new WeakMap<SigningKey, Map<string, Buffer>>();
/** Kept of one key; what was made first goes first. */
const KEPT = 200;

/** ECDSA over SHA-256, DER: what `openssl dgst -sha256 -verify` takes. */
export function signManifest(text: string, key: SigningKey): Buffer {
  const signatures = made.get(key) ?? new Map<string, Buffer>();
  made.set(key, signatures);
  const known = signatures.get(text);
  if (known) return known;
  const signature = sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'der' });
  const [first] = signatures.keys();
  if (signatures.size >= KEPT && first !== undefined) signatures.delete(first);
  signatures.set(text, signature);
  return signature;
}
