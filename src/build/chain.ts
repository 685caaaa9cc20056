/** The layers of a recipe, each found in the cache or made, with their packed forms and the initramfs on the way. */
import { join } from 'node:path';
import { copyFile } from 'node:fs/promises';
import type { Catalog } from '../image/catalog.ts';
import type { Digest, ImageConfig, PackedLayer } from '../image/types.ts';
import { makeInitramfs } from '../initramfs/make.ts';
import { task } from '../system/events.ts';
import { Sandbox, type Lower } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import type { ResolvedStep } from '../recipe/resolved.ts';
import type { BuildContext, Tree } from './context.ts';
import { Explainer, named } from './explain.ts';
import { keyOf } from './key.ts';
import { LayerStore, type StoredLayer } from './layer-store.ts';
import { makeLayer, type LayerWork } from './make-layer.ts';
import { formOf, packLayer } from './pack.ts';
import { prepareSource, sourceTitle } from './sources/index.ts';
import { kindOf } from './steps/index.ts';
import { chosenKernel, kernelOf } from './steps/kernel.ts';

/** Kernel and initramfs of an image. */
export interface Boot {
  version: string;
  arguments: string[];
  modules: string[];
  kernel: { digest: Digest; size: number };
  initramfs: { digest: Digest; size: number };
}

export interface Chain extends AsyncDisposable {
  lowers: Lower[];
  /** Whether a layer has POSIX ACLs. */
  acls(): boolean;
  architecture: ImageConfig['architecture'];
  parent?: Digest;
  /** Whether nothing had to be made; final once {@link packed} and {@link boot} are done. */
  cached(): boolean;
  packed(): Promise<PackedLayer[]>;
  boot(): Promise<Boot | undefined>;
}

type Base = Pick<Chain, 'architecture' | 'parent'> & { tree: Tree; packed: PackedLayer[]; boot?: Boot };

export async function buildChain(context: BuildContext, catalog: Catalog): Promise<Chain> {
  const builder = new ChainBuilder(context, catalog, await Explainer.open(context.installation.paths, context.recipe.name));
  try {
    return await builder.build();
  } catch (error) {
    await builder.settle();
    throw error;
  }
}

class ChainBuilder {
  readonly #context: BuildContext;
  readonly #catalog: Catalog;
  readonly #store: LayerStore;
  readonly #packing: Promise<PackedLayer | undefined>[] = [];
  readonly #sealing: Promise<void>[] = [];
  readonly #explainer: Explainer;
  #booting: Promise<Boot | undefined> | undefined;
  #made = 0;
  #acls = false;

  constructor(context: BuildContext, catalog: Catalog, explainer: Explainer) {
    this.#context = context;
    this.#explainer = explainer;
    this.#catalog = catalog;
    this.#store = new LayerStore(context.installation.paths);
  }

  async build(): Promise<Chain> {
    const { recipe } = this.#context;
    const base = 'image' in recipe.root ? await this.#image(recipe.root.image) : await this.#source(recipe.root);
    let { tree } = base;
    let kernelStep: ResolvedStep | undefined;
    for (const [i, step] of recipe.steps.entries()) {
      tree = await this.#step(step, i, tree);
      if (!('kernel' in step.step)) continue;
      kernelStep = step;
      this.#booting = this.#boot(step, tree);
      this.#booting.catch(() => {}); // Observed by boot() or settle().
    }
    await this.#explainer.save();
    const packing = this.#packing;
    const settle = () => this.settle();
    const booting = this.#booting;
    return {
      lowers: tree.lowers,
      acls: () => this.#acls,
      architecture: base.architecture,
      parent: base.parent,
      cached: () => this.#made === 0,
      async packed() {
        const made = await Promise.all(packing);
        return [...base.packed, ...made.filter((l) => l !== undefined)];
      },
      boot: async () => (kernelStep ? await booting : base.boot),
      [Symbol.asyncDispose]: settle,
    };
  }

  /** Waits for everything in flight, whatever comes of it. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#packing, ...this.#sealing, this.#booting]);
  }

  async #source(root: { source: Parameters<typeof prepareSource>[0]; place: ResolvedStep['place']; base: string }): Promise<Base> {
    const context = this.#context;
    const title = sourceTitle(root.source);
    const prepared = await task(context.options.sink, `look at ${title}`, async ({ id }) => await prepareSource(root.source, root.base, root.place, context, id));
    if (context.recipe.epoch === undefined) context.epoch = prepared.date;
    const key = keyOf('source', prepared.inputs, context.recipe.clean, context.epoch);
    const inputs = { ...prepared.inputs, clean: context.recipe.clean, date: context.epoch };
    const layer = await this.#layer(0, inputs, { key, title, keep: true, epoch: context.epoch, run: prepared.run });
    if (layer.packageConfig) await prepared.ready?.(layer.packageConfig);
    const architecture = 'debian' in root.source && root.source.debian.architecture ? root.source.debian.architecture : process.arch === 'arm64' ? 'arm64' : 'amd64';
    return { tree: { lowers: [{ directory: this.#store.directory(layer) }], key, packageConfig: layer.packageConfig }, packed: [], architecture };
  }

  /** Layers of an image of the catalog; their build directories where they are still there, else the packed blobs. */
  async #image(ref: string): Promise<Base> {
    const { config, manifest, generation, kernel, initramfs } = await this.#catalog.resolve(ref);
    const lowers: Lower[] = [];
    let packageConfig: string | undefined;
    for (const packed of config.layers) {
      const stored = packed.key ? await this.#store.find(packed.key) : undefined;
      if (stored) lowers.push({ directory: this.#store.directory(stored) });
      else lowers.push({ blob: this.#catalog.blobPath(packed.digest), format: packed.format });
      packageConfig = stored?.packageConfig;
    }
    this.#acls = config.layers.some((l) => l.format === 'erofs');
    if (this.#context.recipe.epoch === undefined) this.#context.epoch = Date.parse(config.date) / 1000;
    const tree = { lowers, key: keyOf('image', manifest.layers.map((l) => l.digest)), packageConfig };
    const boot = config.kernel && kernel && initramfs ? { ...config.kernel, kernel: blob(kernel), initramfs: blob(initramfs) } : undefined;
    return { tree, packed: config.layers, boot, architecture: config.architecture, parent: generation.digest };
  }

  async #step(step: ResolvedStep, index: number, tree: Tree): Promise<Tree> {
    const context = this.#context;
    const { name, kind } = kindOf(step);
    const inputs = await kind.inputs(step, tree, context);
    const key = keyOf('step', tree.key, name, inputs, context.recipe.clean, context.epoch);
    const title = step.step.title ?? kind.title(step);
    const parts = { 'the layer below': tree.key, ...named(inputs), clean: context.recipe.clean, date: context.epoch };
    const layer = await this.#layer(index + 1, parts, {
      key, title, tree, keep: true, epoch: context.epoch, run: async (sandbox, id) => await kind.run(step, sandbox, tree, context, id),
    }); // prettier-ignore
    if (layer.empty) return { ...tree, key };
    return { lowers: [...tree.lowers, { directory: this.#store.directory(layer) }], key, packageConfig: layer.packageConfig };
  }

  /** A layer from the cache, or made; packed and flushed beside what follows. */
  async #layer(index: number, inputs: Record<string, unknown>, work: LayerWork): Promise<StoredLayer> {
    const { sink, noCache, explain, signal } = this.#context.options;
    const found = noCache ? undefined : await this.#store.find(work.key);
    const why = this.#explainer.explain(index, work.title, inputs, found ? 'hit' : noCache ? 'forced' : 'miss');
    const layer = await task(sink, work.title, async ({ id, end }) => {
      if (explain) end.detail = why;
      if (found) end.result = 'cached';
      return found ?? (await makeLayer(work, id, this.#store, this.#context));
    });
    if (!found) this.#made++;
    this.#acls ||= layer.acls;
    const sealed = found ? Promise.resolve() : this.#store.seal(layer, signal);
    const before = Object.keys(layer.packed).length;
    const packed = packLayer(layer, formOf(this.#context.recipe.pack, this.#context), this.#store, this.#catalog, this.#context);
    const saved = Promise.all([sealed, packed]).then(async () => {
      if (Object.keys(layer.packed).length !== before) await this.#store.save(layer);
    });
    this.#packing.push(packed);
    this.#sealing.push(saved);
    packed.catch(() => {}); // Observed by packed() or settle().
    saved.catch(() => {});
    return layer;
  }

  async #boot(step: ResolvedStep, tree: Tree): Promise<Boot> {
    const context = this.#context;
    const { paths } = context.installation;
    await using work = await workDirectory(paths, 'kernel');
    const kernelFile = join(work.path, 'vmlinuz');
    let version: string;
    {
      await using inner = await workDirectory(paths, 'find-kernel');
      await using sandbox = await Sandbox.open(paths, inner.path, tree.lowers, false);
      const chosen = await chosenKernel(step, sandbox);
      version = chosen.version;
      await copyFile(await sandbox.path(chosen.path), kernelFile);
    }
    const { arguments: args, modules } = kernelOf(step);
    const kernel = await this.#catalog.adoptBlob(kernelFile, context.options.signal);
    const initramfs = await makeInitramfs({ tree, version, modules, store: this.#store, catalog: this.#catalog, context, made: () => this.#made++ });
    return { version, arguments: args, modules, kernel, initramfs };
  }
}

function blob(descriptor: { digest: Digest; size: number }): { digest: Digest; size: number } {
  return { digest: descriptor.digest, size: descriptor.size };
}
