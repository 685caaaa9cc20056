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

/** ECDSA over SHA-256, DER: what `openssl dgst -sha256 -verify` takes. */
export function signManifest(text: string, key: SigningKey): Buffer {
  return sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'der' });
}
