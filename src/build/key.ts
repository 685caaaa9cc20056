/** Cache keys: SHA-256 over everything that a step can see. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail } from './errors.ts';

/** Raised when what a step does changes in a way that the key does not show. */
const GENERATION = 3;

/** JSON with sorted keys: equal values, equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

/** 64 hex digits over the canonical form of `parts`. */
export function keyOf(...parts: unknown[]): string {
  return createHash('sha256')
    .update(canonical([GENERATION, ...parts]))
    .digest('hex');
}

/** SHA-256 of a file's content, hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Where a path of a recipe leads. A symbolic link that is named stands for what it points to, for the key
 * as for the step; links inside a directory that is named are links in the image.
 */
export async function hostPath(base: string, path: string): Promise<string> {
  return await realpath(resolve(base, path));
}

/**
 * Key of a file or tree on the host: names, types, modes, link targets, contents.
 * Owners and times do not count: they are set by the step. @throws `build/file-type`
 */
export async function hashTree(path: string): Promise<string> {
  const info = await lstat(path);
  if (info.isSymbolicLink()) return keyOf('link', await readlink(path));
  if (info.isFile()) return keyOf('file', info.mode & 0o7777, await hashFile(path));
  if (!info.isDirectory()) throw fail('file-type', { path });
  const entries: [string, string][] = [];
  for (const name of (await readdir(path)).toSorted()) entries.push([name, await hashTree(join(path, name))]);
  return keyOf('directory', info.mode & 0o7777, entries);
}
