/**
 * The catalog as a boot server needs it: the same few images asked for again and
 * again, by thousands of nodes. What was read is kept until the catalog's index
 * changes, and a few seconds at most.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import { listPublications, PRIVATE } from '../image/publications.ts';
import type { Digest, Resolved } from '../image/types.ts';

/** Milliseconds after which damage that `verify` found is noticed. */
const KEEP = 5000;

export class Images {
  readonly #catalog: Catalog;
  #stamp = '';
  #since = 0;
  #looking: Promise<void> | undefined;
  #resolved = new Map<string, Promise<Resolved>>();
  #sizes: Promise<Map<string, number>> | undefined;
  #published: Promise<Map<string, number>> | undefined;
  #corrupt: Promise<Set<Digest>> | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** What a reference means now, without the list of packages. @throws SlipwayError `image/…` */
  async resolve(ref: string): Promise<Resolved> {
    await this.#refresh();
    let found = this.#resolved.get(ref);
    if (!found) {
      found = this.#catalog
        .resolve(ref)
        .then((image) => ({ ...image, config: { ...image.config, packages: [] } }));
      const here = this.#resolved;
      here.set(ref, found);
      // Failures are not kept: what is asked for does not fill the memory.
      found.catch(() => here.delete(ref));
    }
    return await found;
  }

  /**
   * File and size of a blob that nodes may fetch: a layer, kernel or initramfs of a
   * generation in the index, or what a mode has published. Whatever else lies in the catalog is not served, nor what
   * `verify` found corrupt: a node would fetch it again and again.
   */
  async blob(digest: Digest): Promise<{ path: string; size: number } | undefined> {
    await this.#refresh();
    this.#sizes ??= this.#listed();
    this.#sizes.catch(() => (this.#sizes = undefined));
    this.#published ??= this.#publishedParts();
    this.#published.catch(() => (this.#published = undefined));
    const size = (await this.#sizes).get(digest) ?? (await this.#published).get(digest);
    return await this.#sound(digest, size);
  }

  /** A blob of the catalog that a boot session names, for who has its token; it may be of a publication that is gone. */
  async promised(digest: Digest): Promise<{ path: string; size: number } | undefined> {
    await this.#refresh();
    return await this.#sound(digest, await this.#catalog.blobs.size(digest));
  }

  async #sound(digest: Digest, size: number | undefined) {
    this.#corrupt ??= this.#catalog.blobs.corrupt();
    this.#corrupt.catch(() => (this.#corrupt = undefined));
    return size === undefined || (await this.#corrupt).has(digest)
      ? undefined
      : { path: this.#catalog.blobPath(digest), size };
  }

  /** Throws if the catalog cannot be read. */
  async check(): Promise<void> {
    await this.#refresh();
  }

  /** Forgets everything if the index was replaced or the time is over. */
  async #refresh(): Promise<void> {
    // Those that ask at the same time look once.
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { ino, size, mtimeMs } = await stat(join(this.#catalog.paths.catalog, 'index.json'));
    const records = await stat(this.#catalog.paths.published).catch(() => undefined);
    const stamp = `${ino} ${size} ${mtimeMs} ${records?.mtimeMs ?? 0}`;
    const now = performance.now();
    if (stamp !== this.#stamp) this.#sizes = undefined;
    else if (now - this.#since < KEEP) return;
    this.#stamp = stamp;
    this.#since = now;
    this.#resolved = new Map();
    this.#corrupt = undefined;
    this.#published = undefined;
  }

  /** What modes have made of generations, for everybody. */
  async #publishedParts(): Promise<Map<string, number>> {
    const { publications } = await listPublications(this.#catalog.paths);
    const parts = publications.flatMap(({ blobs }) => Object.entries(blobs));
    const open = parts.filter(([role]) => role !== PRIVATE);
    return new Map(open.map(([, { digest, size }]) => [digest, size]));
  }

  async #listed(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    for (const { digest, name, number } of (await this.#catalog.index()).entries) {
      const manifest = await this.#catalog.manifest(digest, `${name}:${number}`).catch(() => undefined);
      for (const part of manifest?.layers ?? []) sizes.set(part.digest, part.size);
    }
    return sizes;
  }
}
