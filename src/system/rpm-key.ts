/** Keys of RPM repositories: whether a file is one is known before anything is fetched. RFC 9580 */
import { readFile, stat } from 'node:fs/promises';
import { defineErrors, type Place } from './errors.ts';

const fail = defineErrors('repository', {
  'no-gpgkey': {
    what: 'Repository {id} has no gpgkey',
    why: 'Its packages are to be checked (gpgcheck), and there is no key to check them with: nothing is installed from it.',
    todo: 'Add gpgkey: with the file or URL of its key; where its packages are not signed at all, gpgcheck: false.',
    exit: 2,
  },
  'unreadable-gpgkey': {
    what: 'The gpgkey {path} of repository {id} cannot be read: {reason}',
    why: 'Its packages are checked with this key before they are installed.',
    todo: 'Correct gpgkey:, or put the key there. Distributions have theirs in /etc/pki/rpm-gpg and on their mirrors.',
    exit: 2,
  },
  'not-a-gpgkey': {
    what: 'The gpgkey {path} of repository {id} is not an OpenPGP public key',
    why: 'It is neither an armored block BEGIN PGP PUBLIC KEY BLOCK nor a binary key: an error page of a server, or another file.',
    todo: 'Get the key again, and look at it: gpg --show-keys FILE.',
    exit: 2,
  },
});

/** Public key packet. RFC 9580, 5 */
const PUBLIC_KEY = 6;
const LARGEST = 1 << 20;

export function noKey(id: string, where?: Place) {
  return fail('no-gpgkey', { id }, { where });
}

export function unreadableKey(id: string, path: string, reason: string, where?: Place, cause?: unknown) {
  return fail('unreadable-gpgkey', { id, path, reason }, { where, cause });
}

/** Reads a key on this host. `shown`: its path as it was written. @throws `repository/unreadable-gpgkey`, `repository/not-a-gpgkey` */
export async function readKey(file: string, id: string, shown: string, where?: Place): Promise<Buffer> {
  let content: Buffer;
  try {
    const info = await stat(file);
    if (!info.isFile()) throw new Error('it is not a file');
    if (info.size > LARGEST) throw new Error('it is larger than any key');
    content = await readFile(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'it does not exist' : (code ?? message);
    throw unreadableKey(id, shown, reason, where, cause);
  }
  return checkKey(content, id, shown, where);
}

/** @throws `repository/not-a-gpgkey` */
export function checkKey(content: Buffer, id: string, shown: string, where?: Place): Buffer {
  if (!isPublicKey(content)) throw fail('not-a-gpgkey', { id, path: shown }, { where });
  return content;
}

/** Whether bytes are OpenPGP public keys: one or more armored blocks, or packets of which the first is a key. */
export function isPublicKey(content: Buffer): boolean {
  const blocks = [
    ...content
      .toString('latin1')
      .matchAll(
        /^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n((?:[\w-]+: .*\r?\n)*)\r?\n([A-Za-z0-9+/=\s]+?)^-----END PGP PUBLIC KEY BLOCK-----/gm,
      ),
  ];
  if (blocks.length === 0) return startsWithKey(content);
  // The line =XXXX is a checksum, not content.
  return blocks.every(([, , body = '']) =>
    startsWithKey(Buffer.from(body.replace(/^=[A-Za-z0-9+/]{4}\s*$/m, ''), 'base64')),
  );
}

/** Whether the first packet is a whole public key. RFC 9580, 4.2 */
function startsWithKey(packets: Buffer): boolean {
  const [head = 0, first = 0] = packets;
  if ((head & 0x80) === 0) return false;
  if ((head & 0x40) !== 0) {
    if ((head & 0x3f) !== PUBLIC_KEY) return false;
    if (first < 192) return packets.length >= 2 + first;
    if (first < 224) return packets.length >= 3 + ((first - 192) << 8) + (packets[2] ?? 0) + 192;
    return first === 255 && packets.length > 6 && packets.length >= 6 + packets.readUInt32BE(2);
  }
  if (((head >> 2) & 0xf) !== PUBLIC_KEY) return false;
  const width = head & 3;
  if (width === 3 || packets.length < 6) return false;
  const length = packets.readUIntBE(1, 1 << width);
  return packets.length >= 1 + (1 << width) + length;
}
