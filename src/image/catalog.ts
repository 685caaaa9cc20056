/**
 * The catalog: an OCI image layout whose index names the generations of each
 * image. Blobs first, then the manifest, then the index, each written whole: at
 * any moment, whoever is killed, the catalog is the one from before or from after.
 */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../system/durable.ts';
import { isLocked } from '../system/lock.ts';
import { listMounts } from '../mounts/record.ts';
import { NAME } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';
import { Blobs } from './blobs.ts';
import { canonicalJson } from './canonical.ts';
import { workOn } from './building.ts';
import { parseConfig } from './config.ts';
import { fail, withSpace } from './errors.ts';
import { register } from './entries.ts';
import { readIndex, writeIndex, type Entry, type Index } from './index-file.ts';
import { findEntry } from './lookup.ts';
import { bytesOf, makeManifest, parseManifest, partsOf, sameLayers, withoutRepeats } from './manifest.ts';
import { listPublications } from './publications.ts';
import { checkImageName, checkTag } from './reference.ts';
import type {
  Descriptor,
  Digest,
  Generation,
  ImageConfig,
  Listed,
  Manifest,
  NewGeneration,
  Resolved,
} from './types.ts';
import { ANNOTATION } from './types.ts';

export class Catalog {
  readonly paths: Paths;
  readonly blobs: Blobs;

  private constructor(paths: Paths) {
    this.paths = paths;
    this.blobs = new Blobs(paths.catalog, paths.locks);
  }

  /** Opens the catalog of an installation; makes an empty one on first use. @throws SlipwayError `image/bad-index`, `image/no-space` */
  static async open(paths: Paths): Promise<Catalog> {
    const index = join(paths.catalog, 'index.json');
    const layout = join(paths.catalog, 'oci-layout');
    return await withSpace(paths.catalog, async () => {
      mkdirSync(paths.catalog, { recursive: true });
      // Images hold password hashes: their files are for root alone.
      chmodSync(paths.catalog, 0o700);
      const catalog = new Catalog(paths);
      if (existsSync(layout) && existsSync(index)) return catalog;
      using _ = await catalog.blobs.lock('making the catalog');
      // The index comes first: a layout without one has lost it, and an empty one in its place would let gc delete everything.
      if (existsSync(layout) && !existsSync(index))
        throw fail('bad-index', { path: index, reason: 'It is missing.' });
      if (!existsSync(index)) await writeIndex(paths.catalog, { entries: [], last: new Map(), foreign: [] });
      await writeDurably(layout, '{"imageLayoutVersion":"1.0.0"}\n');
      return catalog;
    });
  }

  /**
   * Makes a finished file a blob, without a copy; the file is gone afterwards.
   * @param known the digest that the content must have
   * @throws SlipwayError `image/wrong-digest`, `image/no-space`
   */
  async adoptBlob(
    file: string,
    signal?: AbortSignal,
    known?: Digest,
  ): Promise<{ digest: Digest; size: number }> {
    return await this.blobs.adopt(file, signal, known);
  }

  async putBlob(bytes: string | Uint8Array): Promise<{ digest: Digest; size: number }> {
    return await this.blobs.put(bytes);
  }

  /** The file of a blob, there or not. @throws SlipwayError `image/bad-digest` on anything but a digest */
  blobPath(digest: string): string {
    return this.blobs.path(digest);
  }

  /**
   * Adds a generation, tagged `latest` and `tags`. One of the same content is not added again: the tags move to it.
   * @throws SlipwayError `image/missing-blob`, `image/wrong-size` if a blob is not there yet
   */
  async publish(
    next: NewGeneration,
    options: { tags?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<Generation> {
    const name = checkImageName(next.config.name);
    const tags = (options.tags ?? []).map(checkTag);
    const config = parseConfig({ ...next.config, layers: withoutRepeats(next.config.layers) });
    if ('wrong' in config) throw fail('not-an-image', { ref: name, reason: config.wrong });
    const manifest = makeManifest({ ...next, config }, await this.putBlob(canonicalJson(config)));
    const blob = await this.putBlob(canonicalJson(manifest));
    return await this.update(`publishing ${name}`, options.signal, async (index) => {
      await this.checkParts(manifest, name);
      return await this.generation(register(index, name, blob, { tags: [...tags, 'latest'], move: true }));
    });
  }

  /** Every generation, and each image that is being built now; by name, the newest first. */
  async list(): Promise<Listed[]> {
    const index = await this.index();
    const corrupt = await this.blobs.corrupt();
    const listed: Listed[] = [];
    for (const entry of index.entries) listed.push(await this.generation(entry, corrupt));
    for (const name of await this.building())
      listed.push({
        name,
        generation: (index.last.get(name) ?? 0) + 1,
        tags: [],
        digest: null,
        created: null,
        bytes: 0,
        layers: 0,
        state: 'building',
        building: workOn(this.paths, name),
      });
    const mounts = await listMounts(this.paths);
    for (const one of listed) {
      const mounted = mounts.find((m) => m.image === one.name && m.generation === one.generation);
      if (mounted && one.state !== 'building') one.mounted = mounted;
    }
    return listed.toSorted((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : b.generation - a.generation,
    );
  }

  /** Generations of one image or of all, oldest first. */
  async generations(name?: string): Promise<Generation[]> {
    const entries = (await this.index()).entries.filter((e) => name === undefined || e.name === name);
    const corrupt = await this.blobs.corrupt();
    return await Promise.all(entries.map((entry) => this.generation(entry, corrupt)));
  }

  /** The generation that a reference stands for, whatever its state. @throws SlipwayError `image/unknown`, `image/ambiguous`, `image/bad-reference` */
  async find(ref: string): Promise<Generation> {
    return await this.generation(findEntry(await this.index(), ref));
  }

  /**
   * A generation with its config and manifest, their digests checked.
   * @throws SlipwayError as {@link find}, and `image/corrupt`, `image/missing-blob`, `image/not-an-image`
   */
  async resolve(ref: string): Promise<Resolved> {
    const entry = findEntry(await this.index(), ref);
    const label = `${entry.name}:${entry.number}`;
    const manifest = await this.manifest(entry.digest, label);
    const config = await this.config(manifest, label);
    const { publications: published } = await listPublications(this.paths, entry.digest);
    return { generation: await this.generation(entry), config, manifest, ...partsOf(manifest), published };
  }

  /** Reads and checks a manifest of ours. `ref`: for messages. */
  async manifest(digest: Digest, ref: string): Promise<Manifest> {
    const manifest = parseManifest(await this.#json(digest, ref));
    if ('wrong' in manifest) throw fail('not-an-image', { ref, reason: `Its manifest: ${manifest.wrong}` });
    return manifest;
  }

  /** Reads and checks the config of a manifest. */
  async config(manifest: Manifest, ref: string): Promise<ImageConfig> {
    const config = parseConfig(await this.#json(manifest.config.digest, ref));
    if ('wrong' in config) throw fail('not-an-image', { ref, reason: `Its config: ${config.wrong}` });
    if (!sameLayers(manifest, config.layers))
      throw fail('not-an-image', { ref, reason: 'Its config and its manifest name different layers.' });
    return config;
  }

  /** The index as it is now. */
  async index(): Promise<Index> {
    return await readIndex(this.paths.catalog);
  }

  /** Changes the index under the catalog's lock; it is replaced if `change` succeeds and changed something. */
  async update<T>(
    work: string,
    signal: AbortSignal | undefined,
    change: (index: Index) => Promise<T>,
  ): Promise<T> {
    using _ = await this.blobs.lock(work, signal);
    const index = await this.index();
    const before = structuredClone(index);
    const result = await change(index);
    signal?.throwIfAborted();
    if (canonicalJson(plain(before)) !== canonicalJson(plain(index)))
      await writeIndex(this.paths.catalog, index);
    return result;
  }

  /** What is shown of an entry, with its state: are all blobs there, with their sizes, and none known to be corrupt. */
  async generation(entry: Entry, corrupt?: Set<Digest>): Promise<Generation> {
    const { name, number, tags, digest, created } = entry;
    const shown = { name, generation: number, tags: [...tags], digest, created };
    let manifest: Manifest;
    try {
      manifest = await this.manifest(digest, `${name}:${number}`);
    } catch {
      return { ...shown, bytes: 0, layers: 0, state: 'broken' };
    }
    const known = corrupt ?? (await this.blobs.corrupt());
    const broken = await this.#anyBad([manifest.config, ...manifest.layers], known);
    return {
      ...shown,
      bytes: bytesOf(manifest),
      layers: partsOf(manifest).layers.length,
      kernel: manifest.annotations?.[ANNOTATION.kernel],
      state: broken || known.has(digest) ? 'broken' : 'ready',
    };
  }

  /** Throws unless every blob of the manifest is there with its size. */
  async checkParts(manifest: Manifest, ref: string): Promise<void> {
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      const found = await this.blobs.size(digest);
      if (found === undefined) throw fail('missing-blob', { digest, ref });
      if (found !== size) throw fail('wrong-size', { digest, ref, found, size });
    }
  }

  /** Images whose lock `image-NAME` is held: only a build holds it, and it falls with the build. */
  async building(): Promise<string[]> {
    const files = await readdir(this.paths.locks).catch(() => [] as string[]);
    const names = files.flatMap((file) => /^image-(.+)\.lock$/.exec(file)?.[1] ?? []);
    return names.filter((name) => NAME.test(name) && isLocked(this.paths.locks, `image-${name}`)).toSorted();
  }

  async #anyBad(parts: Descriptor[], corrupt: Set<Digest>): Promise<boolean> {
    for (const { digest, size } of parts)
      if (corrupt.has(digest) || (await this.blobs.size(digest)) !== size) return true;
    return false;
  }

  async #json(digest: Digest, ref: string): Promise<unknown> {
    const bytes = await this.blobs.read(digest, ref);
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      throw fail('not-an-image', { ref, reason: `The blob ${digest}: ${(error as Error).message}` });
    }
  }
}

function plain(index: Index): unknown {
  return { ...index, last: Object.fromEntries(index.last) };
}
