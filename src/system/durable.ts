import { randomBytes } from 'node:crypto';
import { open, rename, rm, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Flushes a directory's entries, so that a rename in it survives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

/** Flushes a file's content. */
export async function syncFile(path: string): Promise<void> {
  await using handle = await open(path, 'r+');
  await handle.sync();
}

/** A name beside `path` that readers of the directory ignore and reconcile may delete. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.tmp-${basename(path)}-${randomBytes(6).toString('hex')}`);
}

/** Renames durably: both names must be on one file system. The old or the new is seen, never half. */
export async function publish(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Writes a whole file: write, fsync, rename, fsync of the directory. Mode defaults to 0644. */
export async function writeDurably(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryBeside(path);
  try {
    {
      await using handle = await open(temporary, 'wx', mode);
      await handle.writeFile(content);
      await handle.sync();
    }
    await publish(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
