/**
 * The blobs of an OCI image layout: files named by their SHA-256. Written
 * beside, flushed, renamed: a reader sees a whole blob or none.
 */
import { createHash } from 'node:crypto';
import { constants, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { copyFile, lstat, open, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory, syncFile, temporaryBeside } from '../system/durable.ts';
import { lock } from '../system/lock.ts';
import { withSpace, fail } from './errors.ts';
import { checkDigest } from './reference.ts';
import type { Digest } from './types.ts';

/** Long enough for whoever holds the catalog: all that is done under its lock takes moments. */
const WAIT = 60_000;

/** SHA-256 and size of a file, read in large pieces. */
export async function hashFile(
  file: string,
  signal?: AbortSignal,
): Promise<{ digest: Digest; size: number }> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(2 << 20);
  let size = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

export class Blobs {
  readonly #directory: string;
  /** Empty files named like the blobs that `verify` found corrupt. */
  readonly #corrupt: string;
  readonly #locks: string;

  constructor(catalog: string, locks: string) {
    this.#directory = join(catalog, 'blobs', 'sha256');
    this.#corrupt = join(catalog, 'corrupt');
    this.#locks = locks;
    mkdirSync(this.#directory, { recursive: true });
  }

  /** The file of a blob, there or not. Never a path outside the catalog. @throws SlipwayError `image/bad-digest` */
  path(digest: string): string {
    return join(this.#directory, checkDigest(digest).slice('sha256:'.length));
  }

  /** Takes the lock under which blobs appear and go and the index changes. */
  async lock(work: string, signal?: AbortSignal) {
    return await lock(this.#locks, 'catalog', work, { wait: WAIT, signal });
  }

  /**
   * Makes a finished file a blob: it is hashed, flushed and renamed, not copied; it is gone afterwards.
   * A blob that is there already is replaced: the new file is known to be good, the old one may have rotted.
   * @param known what the content must be
   * @throws SlipwayError `image/wrong-digest` if it is not `known`
   */
  async adopt(file: string, signal?: AbortSignal, known?: Digest): Promise<{ digest: Digest; size: number }> {
    const { digest, size } = await hashFile(file, signal);
    if (known && known !== digest) throw fail('wrong-digest', { file, found: digest, expected: known });
    const target = this.path(digest);
    await withSpace(target, async () => {
      {
        await using handle = await open(file, 'r+');
        await handle.chmod(0o444);
        await handle.sync();
      }
      try {
        await this.#place(file, target, signal);
      } catch (error) {
        // Renaming works within one file system; an administrator may have put the catalog on another.
        if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
        const copy = await copyBeside(file, target);
        await this.#place(copy, target, signal);
        await rm(file);
      }
      await syncDirectory(dirname(target));
    });
    return { digest, size };
  }

  /** Stores bytes as a blob. */
  async put(bytes: string | Uint8Array): Promise<{ digest: Digest; size: number }> {
    const temporary = temporaryBeside(join(this.#directory, 'put'));
    return await withSpace(temporary, async () => {
      try {
        await writeFile(temporary, bytes, { flag: 'wx', mode: 0o644 });
        return await this.adopt(temporary);
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  /** Size of the blob's file; nothing if it is not there. */
  async size(digest: Digest): Promise<number | undefined> {
    const found = await lstat(this.path(digest)).catch(() => undefined);
    return found?.isFile() ? found.size : undefined;
  }

  /** The bytes of a small blob, checked. @throws SlipwayError `image/missing-blob`, `image/corrupt`. `ref`: whose blob it is. */
  async read(digest: Digest, ref: string, limit = 64 << 20): Promise<Buffer> {
    const path = this.path(digest);
    const size = await this.size(digest);
    if (size === undefined) throw fail('missing-blob', { digest, ref });
    if (size > limit) throw fail('corrupt', { digest, ref, reason: `Its file has ${size} bytes: too many.` });
    await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const bytes = await handle.readFile();
    const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (found !== digest)
      throw fail('corrupt', { digest, ref, reason: `Its content has the digest ${found}.` });
    return bytes;
  }

  /** Names of all files among the blobs, blobs and others. */
  async names(): Promise<string[]> {
    return await readdir(this.#directory);
  }

  /** Path of a file that {@link names} listed. */
  file(name: string): string {
    return join(this.#directory, name.replaceAll('/', ''));
  }

  /** What `verify` found corrupt and nobody replaced since. */
  async corrupt(): Promise<Set<Digest>> {
    const names = await readdir(this.#corrupt).catch(() => [] as string[]);
    return new Set(names.map((name): Digest => `sha256:${name}`));
  }

  /** Remembers that a blob is corrupt, or that it is not. */
  async markCorrupt(digest: Digest, corrupt: boolean): Promise<void> {
    const marker = join(this.#corrupt, checkDigest(digest).slice(7));
    if (!corrupt) return await rm(marker, { force: true });
    mkdirSync(this.#corrupt, { recursive: true });
    await writeFile(marker, '');
    await syncDirectory(this.#corrupt);
  }

  /** Under the lock, and without a pause in it: gc must not judge the old file and delete the new one. */
  async #place(file: string, target: string, signal?: AbortSignal): Promise<void> {
    using _ = await this.lock('adding a blob', signal);
    const now = new Date();
    utimesSync(file, now, now);
    renameSync(file, target);
    rmSync(join(this.#corrupt, basename(target)), { force: true });
  }
}

async function copyBeside(file: string, target: string): Promise<string> {
  const temporary = temporaryBeside(target);
  try {
    await copyFile(file, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await syncFile(temporary);
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
