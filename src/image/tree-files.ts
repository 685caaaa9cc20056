/** Names of files in hostile trees, and their content. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Paths are kept as latin1 strings: one character a byte, whatever the bytes are. */
export function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The path in a tree whose root is a path of the host. */
export function under(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), bytes(path)]);
}

/** The directory that a path of a tree is in; of the topmost ones the top, ''. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

const strict = new TextDecoder('utf-8', { fatal: true });

/** A path for people and JSON, unambiguous. `path`: its bytes as latin1. */
export function shown(path: string): string {
  try {
    return strict.decode(bytes(path)).replace(/[\p{Cc}\\]/gu, (c) => hex(Buffer.from(c)));
  } catch {
    return path.replace(/[\p{Cc}\\\x80-\xff]/gu, (c) => hex(bytes(c)));
  }
}

/** The path that {@link shown} shows: its bytes as latin1. */
export function unshown(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})|[^\\]+/g, (part, code: string | undefined) =>
    code === undefined
      ? Buffer.from(part).toString('latin1')
      : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function hex(character: Buffer): string {
  return [...character].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Whether two regular files of one size have the same bytes. Opens nothing else, follows nothing. */
export async function sameContent(a: Buffer, b: Buffer): Promise<boolean> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using left = await open(a, flags);
  await using right = await open(b, flags);
  const size = 256 << 10;
  const [one, two] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  for (let at = 0; ;) {
    const [m, n] = [await left.read(one, 0, size, at), await right.read(two, 0, size, at)];
    if (m.bytesRead !== n.bytesRead) return false;
    if (m.bytesRead === 0) return true;
    if (one.compare(two, 0, n.bytesRead, 0, m.bytesRead) !== 0) return false;
    at += m.bytesRead;
  }
}
