/**
 * Finished build layers: `layers/<id>/fs` is the upper directory of an overlay,
 * `layers/keys/<key>.json` names the newest layer of a key. A layer is written to
 * disk before its key is; a key's file is replaced whole. What no key names is
 * left over and removed by gc.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../system/durable.ts';
import type { Paths } from '../system/paths.ts';
import { run } from '../system/process.ts';
import type { Digest } from '../image/types.ts';
import type { Tree } from './context.ts';
import { keyOf } from './key.ts';

export interface StoredLayer {
  id: string;
  key: string;
  title: string;
  /** Key of the layer below; empty for a source. */
  parent: string;
  /** Bytes of file content. */
  size: number;
  /** True if the step changed nothing: no packed layer is made. */
  empty: boolean;
  /** True if files have POSIX ACLs, which squashfs cannot hold. */
  acls: boolean;
  /** See packages/for-tree.ts. */
  packageConfig?: string;
  /** SOURCE_DATE_EPOCH it was made with. */
  epoch: number;
  /** Packed forms by pack key, once made. */
  packed: Record<string, { digest: Digest; size: number }>;
}

export class LayerStore {
  readonly #root: string;
  readonly #keys: string;

  constructor(paths: Paths) {
    this.#root = paths.layers;
    this.#keys = join(paths.layers, 'keys');
  }

  /** Host path of a layer's tree. */
  directory(layer: StoredLayer): string {
    return join(this.#root, layer.id, 'fs');
  }

  /** The finished layer of `key`, marked as used now. */
  async find(key: string): Promise<StoredLayer | undefined> {
    // Keys also stand in configs of images that come from elsewhere: nothing but a hash becomes a path.
    if (!/^[0-9a-f]{64}$/.test(key)) return undefined;
    try {
      const layer = JSON.parse(await readFile(this.#keyFile(key), 'utf8')) as StoredLayer;
      if (!(await stat(this.directory(layer))).isDirectory()) return undefined;
      await utimes(this.#keyFile(key), new Date(), new Date());
      return layer;
    } catch {
      return undefined;
    }
  }

  /** Takes a finished upper directory (same file system). It can be used at once; {@link seal} makes it last. */
  async adopt(upper: string, layer: Omit<StoredLayer, 'id' | 'packed'>): Promise<StoredLayer> {
    const id = randomBytes(6).toString('hex');
    await mkdir(join(this.#root, id), { recursive: true, mode: 0o700 });
    await rename(upper, join(this.#root, id, 'fs'));
    return { ...layer, id, packed: {} };
  }

  /** Flushes a layer's files, then names it by its key: from now on other builds find it. */
  async seal(layer: StoredLayer, signal?: AbortSignal): Promise<void> {
    await run(['sync', '--file-system', this.directory(layer)], { signal });
    await this.save(layer);
  }

  /** Writes what is known of a sealed layer, such as a packed form that was made since. */
  async save(layer: StoredLayer): Promise<void> {
    await mkdir(this.#keys, { recursive: true, mode: 0o700 });
    await writeDurably(this.#keyFile(layer.key), JSON.stringify(layer), 0o600);
  }

  /** All named layers with the time of their last use, milliseconds. */
  async list(): Promise<{ layer: StoredLayer; used: number }[]> {
    const found: { layer: StoredLayer; used: number }[] = [];
    for (const name of await readdir(this.#keys).catch(() => [] as string[])) {
      if (!name.endsWith('.json')) continue;
      const file = join(this.#keys, name);
      const layer = await this.#read(file);
      // One that cannot be read names no layer: what it named is left over.
      if (layer) found.push({ layer, used: (await stat(file)).mtimeMs });
    }
    return found;
  }

  /**
   * What `look` found out about a tree, kept with its uppermost layer: a tree never changes, and to mount it takes
   * longer than all else that a build does when nothing has changed. `inputs`: what the answer depends on besides.
   */
  async recall<T>(
    tree: Tree,
    name: string,
    inputs: unknown,
    look: () => Promise<T>,
    again = false,
  ): Promise<T> {
    const file = join(this.#keys, `${tree.key}.${name}`);
    const key = keyOf(name, tree.lowers, inputs);
    const known = again ? '' : await readFile(file, 'utf8').catch(() => '');
    if (known.startsWith(`${key}\n`)) return JSON.parse(known.slice(key.length)) as T;
    const found = await look();
    // Of what an image alone has no layer goes, and nothing would take this away.
    if (await stat(this.#keyFile(tree.key)).catch(() => undefined))
      await writeDurably(file, `${key}\n${JSON.stringify(found)}`, 0o600);
    return found;
  }

  async remove(layer: StoredLayer): Promise<void> {
    for (const name of await readdir(this.#keys))
      if (name.startsWith(`${layer.key}.`)) await rm(join(this.#keys, name), { force: true });
    await rm(join(this.#root, layer.id), { recursive: true, force: true });
  }

  /** Directories that no key names. Only meaningful while no build runs. */
  async orphans(): Promise<string[]> {
    const named = new Set((await this.list()).map(({ layer }) => layer.id));
    return (await readdir(this.#root).catch(() => [] as string[])).filter((n) => /^[0-9a-f]{12}$/.test(n) && !named.has(n)).map((n) => join(this.#root, n)); // prettier-ignore
  }

  async #read(file: string): Promise<StoredLayer | undefined> {
    try {
      const layer = JSON.parse(await readFile(file, 'utf8')) as Partial<StoredLayer> | null;
      return /^[0-9a-f]{12}$/.test(layer?.id ?? '') && layer?.key ? (layer as StoredLayer) : undefined;
    } catch {
      return undefined;
    }
  }

  #keyFile(key: string): string {
    return join(this.#keys, `${key}.json`);
  }
}
