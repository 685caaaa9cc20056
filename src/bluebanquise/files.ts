/** Reading what somebody else's directories have: never through a link, never more than a limit. */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** More are not looked at. */
export const MOST_ENTRIES = 100_000;
const MOST_BYTES = 1 << 20;

export type EntryKind = 'file' | 'directory' | 'link' | 'other';

/** Names in a directory, sorted, with what they are; nothing if it is not there or no directory. */
export async function entriesOf(directory: string): Promise<{ name: string; kind: EntryKind }[] | undefined> {
  if ((await kindOf(directory)) !== 'directory') return undefined;
  const all = await readdir(directory, { withFileTypes: true, encoding: 'buffer' }).catch(() => []);
  return all
    .slice(0, MOST_ENTRIES)
    .map(
      (one) =>
        ({
          name: one.name.toString('utf8'),
          kind: one.isFile()
            ? 'file'
            : one.isDirectory()
              ? 'directory'
              : one.isSymbolicLink()
                ? 'link'
                : 'other',
        }) as const,
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is at a path; nothing if nothing is. Links are not followed. */
export async function kindOf(path: string): Promise<EntryKind | undefined> {
  const info = await lstat(path).catch(() => undefined);
  if (!info) return undefined;
  if (info.isFile()) return 'file';
  return info.isDirectory() ? 'directory' : info.isSymbolicLink() ? 'link' : 'other';
}

/** The text of a plain file, or why there is none. */
export async function textOf(...path: string[]): Promise<{ text: string } | { reason: string }> {
  try {
    await using handle = await open(
      join(...path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const info = await handle.stat();
    if (!info.isFile()) return { reason: 'it is no plain file' };
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) break;
    }
    if (length > MOST_BYTES) return { reason: 'it has more than 1 MiB' };
    const content = bytes.subarray(0, length);
    if (content.includes(0) || !isUtf8(content)) return { reason: 'it is no text' };
    return { text: content.toString('utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { reason: 'it is not there' };
    return { reason: code === 'ELOOP' ? 'it is a symbolic link' : (code ?? String(error)) };
  }
}
