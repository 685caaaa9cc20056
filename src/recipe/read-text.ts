/** Reading what a recipe names: regular files only, never more than the limits. */
import { constants, type Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { closest } from '../system/closest.ts';
import type { Place } from '../system/errors.ts';
import { fail } from './errors.ts';

/** Bytes of one recipe, fragment, template or key file. */
const MOST_BYTES = 1 << 20;

/** What one `loadRecipe` may still read. */
export interface Budget {
  files: number;
  bytes: number;
}

export const newBudget = (): Budget => ({ files: 256, bytes: 8 << 20 });

/** How a place that names a file is told: `path` as it was written, `absolute` where it leads. */
export interface Named {
  path: string;
  absolute: string;
  where?: Place;
}

/** A path as written in a file of the directory `base`. */
export function named(path: string, base: string, where?: Place): Named {
  return { path, absolute: resolve(base, path), where };
}

/** Type and size of what is there, links followed. @throws SlipwayError `recipe/missing-file`, `recipe/not-readable`, `recipe/wrong-type` */
export async function lookAt(
  file: Named,
  wanted: 'a file' | 'a directory' | 'a file or directory',
): Promise<Stats> {
  const { path, absolute, where } = file;
  let info: Stats;
  try {
    info = await stat(absolute);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw fail('missing-file', { path, absolute, hint: await nearby(absolute, path) }, { where, cause });
    throw fail('not-readable', { path, reason: code ?? message }, { where, cause });
  }
  const found = info.isFile() ? 'a file' : info.isDirectory() ? 'a directory' : special(info);
  if (found === 'a special file' || !wanted.includes(found.slice(2)))
    throw fail(
      'wrong-type',
      { path, found: found === 'a special file' ? special(info, true) : found, wanted },
      { where },
    );
  return info;
}

function special(info: Stats, exact = false): string {
  if (!exact) return 'a special file';
  if (info.isFIFO()) return 'a named pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}

/** What the user may have meant: a name in the same directory, or the directory that is not there. */
async function nearby(absolute: string, path: string): Promise<string> {
  const names = await readdir(dirname(absolute)).catch(() => undefined);
  if (!names) return `There is no directory ${dirname(absolute)}.`;
  const near = closest(basename(absolute), names);
  return near
    ? `Did you mean ${resolve(dirname(path), near) === resolve(near) ? near : `${dirname(path)}/${near}`}?`
    : 'Make the file, or correct the path.';
}

/** Text of a regular file. @throws SlipwayError as {@link lookAt}, `recipe/too-large`, `recipe/too-much`, `recipe/not-text` */
export async function readText(file: Named, budget: Budget): Promise<string> {
  const { path, absolute, where } = file;
  await lookAt(file, 'a file');
  if (--budget.files < 0) throw fail('too-much', { limit: '256 files' }, { where });
  const bytes = await readBounded(file, absolute);
  if (bytes.length > MOST_BYTES) throw fail('too-large', { path, limit: MOST_BYTES }, { where });
  budget.bytes -= bytes.length;
  if (budget.bytes < 0) throw fail('too-much', { limit: '8 MiB of files' }, { where });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail('not-text', { path }, { where, cause });
  }
}

/** At most a byte more than {@link MOST_BYTES}: sizes of files in /proc are 0, and files grow. */
async function readBounded({ path, where }: Named, absolute: string): Promise<Uint8Array> {
  try {
    // Not blocking: should the file have become a pipe since it was looked at.
    await using handle = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = new Uint8Array(MOST_BYTES + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } catch (cause) {
    throw fail(
      'not-readable',
      { path, reason: (cause as NodeJS.ErrnoException).code ?? String(cause) },
      { where, cause },
    );
  }
}
