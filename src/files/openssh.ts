/**
 * ssh host keys as OpenSSH keeps them, derived from a seed: the same seed gives
 * the same file. Format: PROTOCOL.key and PROTOCOL of OpenSSH, RFC 4253 section 5
 * and 6.6, RFC 5656, RFC 8709.
 */
import { createECDH, createHash, createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto';

export type HostKeyType = 'ed25519' | 'ecdsa';
export const HOST_KEY_TYPES: readonly HostKeyType[] = ['ed25519', 'ecdsa'];

export interface HostKey {
  type: HostKeyType;
  /** `ssh-ed25519` or `ecdsa-sha2-nistp256`. */
  algorithm: string;
  /** The public key as it stands in known_hosts: base64. */
  public: string;
  /** The private key file, PEM-like, without a passphrase. */
  private: string;
}

/** Order of P-256 (SEC 2). */
const P256_ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
/** PKCS #8 around a 32-byte Ed25519 seed (RFC 8410). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed secret; @param label what makes it another key, such as the id of a node */
export function deriveHostKey(seed: Buffer, type: HostKeyType, label: string, comment: string): HostKey {
  const bits = (length: number) =>
    Buffer.from(hkdfSync('sha256', seed, '', `slipway ssh host key ${type} ${label}`, length));
  return type === 'ed25519' ? ed25519(bits(32), comment) : ecdsa(bits(48), comment);
}

function ed25519(seed: Buffer, comment: string): HostKey {
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const point = Buffer.from(x, 'base64url');
  const algorithm = 'ssh-ed25519';
  const blob = Buffer.concat([string(algorithm), string(point)]);
  const secret = Buffer.concat([string(algorithm), string(point), string(Buffer.concat([seed, point]))]);
  return {
    type: 'ed25519',
    algorithm,
    public: blob.toString('base64'),
    private: keyFile(blob, secret, comment),
  };
}

/** 384 bits modulo the order: no value is noticeably likelier than another (FIPS 186-5, A.2.1). */
function ecdsa(bits: Buffer, comment: string): HostKey {
  const scalar = (BigInt(`0x${bits.toString('hex')}`) % (P256_ORDER - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(d);
  const algorithm = 'ecdsa-sha2-nistp256';
  const open = [string(algorithm), string('nistp256'), string(curve.getPublicKey())];
  const blob = Buffer.concat(open);
  const secret = Buffer.concat([...open, mpint(d)]);
  return {
    type: 'ecdsa',
    algorithm,
    public: blob.toString('base64'),
    private: keyFile(blob, secret, comment),
  };
}

function keyFile(blob: Buffer, secret: Buffer, comment: string): string {
  // Two equal numbers by which a wrong passphrase would show; of an unencrypted key any do.
  const check = createHash('sha256').update(blob).digest().subarray(0, 4);
  const inner = Buffer.concat([check, check, secret, string(comment)]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (inner.length % 8)) % 8));
  const all = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    uint32(1),
    string(blob),
    string(Buffer.concat([inner, padding])),
  ]);
  const lines = all.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** Without leading zeros, but with one where the number would look negative. */
function mpint(value: Buffer): Buffer {
  let start = 0;
  while (start < value.length && value[start] === 0) start++;
  const bytes = value.subarray(start);
  return string((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}
