/** Packs layers: straight from the layer's directory, no staging copy. */
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import type { PackedLayer } from '../image/types.ts';
import { task } from '../system/events.ts';
import { run } from '../system/process.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import type { BlobRef } from './boot.ts';
import { toolOptions, type BuildContext, type Tree } from './context.ts';
import { osRelease } from './inventory.ts';
import { compressorOf, usualCompressor, type Compressor } from './kernel-config.ts';
import { keyOf } from './key.ts';
import { BOOT_FILES, packCommand, usualLevel, type Form } from './pack-command.ts';
import type { LayerStore, StoredLayer } from './layer-store.ts';

export class Packer {
  readonly #context: BuildContext;
  readonly #catalog: Catalog;
  readonly #store: LayerStore;
  readonly #made: () => void;
  /** For squashfs where the recipe names none; known when the first layer is, or by the image below. */
  #usual: Promise<Compressor> | undefined;

  /** `made` is called when something had to be packed. */
  constructor(context: BuildContext, catalog: Catalog, store: LayerStore, made: () => void) {
    this.#context = context;
    this.#catalog = catalog;
    this.#store = store;
    this.#made = made;
  }

  /** The packed form of one layer, made once and remembered when it is `sealed`. Undefined for a layer without content. */
  async layer(layer: StoredLayer, sealed: Promise<void>): Promise<PackedLayer | undefined> {
    if (layer.empty) return undefined;
    const form = await this.#form(layer.acls, layer.title, this.#store.directory(layer));
    const blob = await this.#remembered(
      layer,
      keyOf('pack', form),
      sealed,
      async () => await this.#pack(this.#store.directory(layer), form, layer.epoch),
    );
    return { ...blob, ...packedAs(form), title: layer.title, key: layer.key, unpacked: layer.size };
  }

  /** The whole tree as one layer: what it shows, without whiteouts. Remembered with its uppermost layer. */
  async merged(
    tree: Tree,
    layers: readonly StoredLayer[],
    below: readonly PackedLayer[],
    title: string,
  ): Promise<PackedLayer> {
    const source = layers[0] && this.#store.directory(layers[0]);
    const acls = layers.some((l) => l.acls) || below.some((l) => l.format === 'erofs');
    const form = await this.#form(acls, title, source);
    const { options, installation, epoch } = this.#context;
    const make = async () => {
      await using work = await workDirectory(installation.paths, 'merged');
      await using sandbox = await Sandbox.open(installation.paths, work.path, tree.lowers, false);
      return await this.#pack(sandbox.merged, form, epoch, sandbox);
    };
    const blob = await task(options.sink, 'pack one layer', async ({ end }) => {
      const top = layers.at(-1);
      if (!top) return await make();
      end.result = 'cached';
      return await this.#remembered(top, keyOf('merged', form, tree.key), Promise.resolve(), async () => {
        end.result = 'done';
        return await make();
      });
    });
    const unpacked = [...layers.map((l) => l.size), ...below.map((l) => l.unpacked)].reduce(
      (sum, size) => sum + size,
      0,
    );
    return { ...blob, ...packedAs(form), title, key: '', unpacked };
  }

  async #remembered(
    layer: StoredLayer,
    key: string,
    sealed: Promise<void>,
    make: () => Promise<BlobRef>,
  ): Promise<BlobRef> {
    const known = layer.packed[key];
    if (
      known &&
      !this.#context.options.noCache &&
      (await this.#catalog.blobs.size(known.digest)) === known.size
    )
      return known;
    this.#made();
    const blob = await make();
    await sealed;
    layer.packed[key] = blob;
    await this.#store.save(layer);
    return blob;
  }

  /** squashfs has no POSIX ACLs (its xattr prefixes are user, trusted and security); layers of both formats can be mixed. */
  async #form(acls: boolean, title: string, source = '/'): Promise<Form> {
    const { recipe, installation, options } = this.#context;
    const { pack } = recipe;
    const format = acls ? 'erofs' : pack.format;
    if (format !== pack.format)
      options.sink({
        event: 'notice',
        level: 'info',
        message: `${title}: packed as erofs, since squashfs cannot hold its POSIX ACLs`,
      });
    // Before anything else: the layer of the source says it for all that follow.
    const usual = await this.#usualFor(source);
    const compressor = format === 'squashfs' ? (pack.compressor ?? usual) : undefined;
    return {
      format,
      ...(compressor && { compressor }),
      level: pack.compression ?? usualLevel(installation.config.build.compression, compressor),
      exclude: [...BOOT_FILES, ...pack.exclude.map((p) => p.replace(/^\/+/, ''))],
    };
  }

  /** Layers of an image that stands on another are packed as those are. */
  standsOn(below: readonly PackedLayer[]): void {
    this.#usual = Promise.resolve(compressorOf(below));
  }

  async #usualFor(source: string): Promise<Compressor> {
    return await (this.#usual ??= osRelease(source).then(usualCompressor));
  }

  async #pack(directory: string, form: Form, epoch: number, sandbox?: Sandbox): Promise<BlobRef> {
    await using work = await workDirectory(this.#context.installation.paths, 'pack');
    const file = join(work.path, 'packed');
    const argv = packCommand(directory, file, form, epoch);
    const options = {
      ...toolOptions(this.#context, ''),
      sink: undefined,
      env: { SOURCE_DATE_EPOCH: String(epoch) },
    };
    await (sandbox ? sandbox.namespace.run(argv, options) : run(argv, options));
    return await this.#catalog.adoptBlob(file, this.#context.options.signal);
  }
}

function packedAs({ format, compressor }: Form): Pick<PackedLayer, 'format' | 'compressor'> {
  return { format, ...(compressor && { compressor }) };
}
