/** The layers of a recipe, each found in the cache or made, with their packed forms and the initramfs on the way. */
import type { Catalog } from '../image/catalog.ts';
import type { Digest, ImageConfig, PackedLayer } from '../image/types.ts';
import type { ResolvedRecipe, ResolvedStep } from '../recipe/resolved.ts';
import { reworded, SlipwayError, type Place } from '../system/errors.ts';
import { task } from '../system/events.ts';
import { Background } from './background.ts';
import { makeBoot, type Boot } from './boot.ts';
import type { BuildContext, Tree } from './context.ts';
import { Explainer, named } from './explain.ts';
import { canonical, keyOf } from './key.ts';
import { LayerStore, type StoredLayer } from './layer-store.ts';
import { makeLayer, type LayerWork } from './make-layer.ts';
import { Packer } from './pack.ts';
import { openParent } from './parent.ts';
import { prepareSource, sourceTitle } from './sources/index.ts';
import { requirePolicy } from './selinux/check-labels.ts';
import {
  labelKey,
  mayBringPolicy,
  selinuxOf,
  withArguments,
  withPolicy,
  type Selinux,
} from './selinux/policy.ts';
import { kindOf } from './steps/index.ts';

type ImageRoot = Extract<ResolvedRecipe['root'], { image: string }>;
type SourceRoot = Extract<ResolvedRecipe['root'], { source: unknown }>;

export class Chain implements AsyncDisposable {
  tree: Tree = { lowers: [], key: '' };
  architecture: ImageConfig['architecture'] = process.arch === 'arm64' ? 'arm64' : 'amd64';
  parent?: Digest;
  readonly #context: BuildContext;
  readonly #catalog: Catalog;
  readonly #store: LayerStore;
  readonly #packer: Packer;
  readonly #explainer: Explainer;
  readonly #background = new Background();
  readonly #layers: StoredLayer[] = [];
  #below: PackedLayer[] = [];
  #packing: Promise<PackedLayer | undefined>[] = [];
  #boot: Promise<Boot | undefined> = Promise.resolve(undefined);
  #made = 0;

  private constructor(context: BuildContext, catalog: Catalog, explainer: Explainer) {
    this.#context = context;
    this.#catalog = catalog;
    this.#store = new LayerStore(context.installation.paths);
    this.#packer = new Packer(context, catalog, this.#store, () => this.#made++);
    this.#explainer = explainer;
  }

  /** Makes what is not there yet. Packing and the initramfs may still go on when it returns. */
  static async build(context: BuildContext, catalog: Catalog): Promise<Chain> {
    const { recipe, installation } = context;
    const chain = new Chain(context, catalog, await Explainer.open(installation.paths, recipe.name));
    try {
      if ('image' in recipe.root) await chain.#openImage(recipe.root);
      else await chain.#makeSource(recipe.root);
      for (const [i, step] of recipe.steps.entries()) await chain.#makeStep(step, i);
      await chain.#explainer.save();
      return chain;
    } catch (error) {
      await chain[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Packed layers, the lowest first. */
  async packed(): Promise<PackedLayer[]> {
    const { pack, name } = this.#context.recipe;
    if (pack.layers === 'single')
      return [await this.#packer.merged(this.tree, this.#layers, this.#below, name)];
    const made = await Promise.all(this.#packing);
    return [...this.#below, ...made.filter((l) => l !== undefined)];
  }

  /** Kernel and initramfs; the parent's where the recipe has no kernel step. */
  async boot(): Promise<Boot | undefined> {
    return await this.#boot;
  }

  /** Whether nothing had to be made; final once {@link packed} and {@link boot} have answered. */
  get cached(): boolean {
    return this.#made === 0;
  }

  async #openImage({ image, place }: ImageRoot): Promise<void> {
    const open = async () => await openParent(image, this.#catalog, this.#store);
    const parent = await placed(place, open);
    this.tree = parent.tree;
    this.architecture = parent.architecture;
    this.parent = parent.digest;
    this.#below = parent.packed;
    this.#packer.standsOn(parent.packed);
    this.#boot = Promise.resolve(parent.boot);
    const context = this.#context;
    context.epoch = context.recipe.epoch ?? parent.epoch;
    context.selinux = selinuxOf(context.recipe, parent.selinux);
    const { selinux } = context;
    if (parent.boot)
      this.#boot = Promise.resolve({
        ...parent.boot,
        arguments: withArguments(parent.boot.arguments, selinux, parent.selinux),
      });
    if (selinux && canonical(selinux) !== canonical(parent.selinux))
      await placed(place, async () => await this.#makeLabels(selinux, parent.selinux?.policy));
  }

  /** A layer of its own with the labels of an image that has none, or others. */
  async #makeLabels(wanted: Selinux, below?: string): Promise<void> {
    const { recipe, epoch } = this.#context;
    const inputs = { ...labelKey(wanted), below, 'the layer below': this.tree.key };
    await this.#stack(0, inputs, {
      key: keyOf('labels', inputs), title: 'SELinux labels', tree: this.tree, clean: recipe.clean, epoch, selinux: { wanted, below },
      run: async (sandbox) => {
        if (!mayBringPolicy(recipe)) await requirePolicy(sandbox.root, wanted);
      },
    }); // prettier-ignore
  }

  async #makeSource(root: SourceRoot): Promise<void> {
    const context = this.#context;
    const { recipe, options } = context;
    const wanted = (context.selinux = selinuxOf(recipe));
    const source = withPolicy(root.source, wanted);
    const title = sourceTitle(source);
    const prepared = await task(
      options.sink,
      `look at ${title}`,
      async ({ id }) => await prepareSource(source, root.base, root.place, context, id),
    );
    context.epoch = recipe.epoch ?? prepared.date;
    const inputs = { ...prepared.inputs, clean: recipe.clean, date: context.epoch, ...labelKey(wanted) };
    const key = keyOf('source', inputs);
    const layer = await this.#makeLayer(0, inputs, {
      key,
      title,
      clean: recipe.clean,
      epoch: context.epoch,
      selinux: wanted && { wanted },
      run: prepared.run,
    });
    if (wanted && !mayBringPolicy(recipe))
      await placed(root.place, async () => await requirePolicy(this.#store.directory(layer), wanted));
    if (layer.packageConfig) await prepared.ready?.(layer.packageConfig);
    this.architecture = prepared.architecture ?? this.architecture;
    this.tree = {
      lowers: [{ directory: this.#store.directory(layer) }],
      key,
      packageConfig: layer.packageConfig,
    };
  }

  async #makeStep(step: ResolvedStep, index: number): Promise<void> {
    const context = this.#context;
    const { tree } = this;
    const { name, kind } = kindOf(step);
    const seen = await placed(step.place, async () => await kind.inputs(step, tree, context));
    const { selinux: wanted } = context;
    const common = { clean: context.recipe.clean, date: context.epoch, ...labelKey(wanted) };
    const key = keyOf('step', tree.key, name, seen, common);
    await this.#stack(index + 1, { 'the layer below': tree.key, ...named(seen), ...common }, {
      key, title: step.step.title ?? kind.title(step), tree, clean: context.recipe.clean, epoch: context.epoch,
      selinux: wanted && { wanted, below: wanted.policy },
      run: async (sandbox, id) => {
        await placed(step.place, async () => await kind.run(step, sandbox, tree, context, id));
      },
    }); // prettier-ignore
    if ('kernel' in step.step) {
      const made = () => this.#made++;
      this.#boot = this.#background.add(
        makeBoot(step, { tree: this.tree, store: this.#store, catalog: this.#catalog, context, made }),
      );
    }
  }

  /** Puts a layer on top of the tree. */
  async #stack(
    index: number,
    inputs: Record<string, unknown>,
    work: LayerWork & { tree: Tree },
  ): Promise<void> {
    const { tree, key } = work;
    const layer = await this.#makeLayer(index, inputs, work);
    this.tree = layer.empty
      ? { ...tree, key }
      : {
          lowers: [...tree.lowers, { directory: this.#store.directory(layer) }],
          key,
          packageConfig: layer.packageConfig,
        };
  }

  /** A layer from the cache, or made; packed and flushed beside what follows. */
  async #makeLayer(index: number, inputs: Record<string, unknown>, work: LayerWork): Promise<StoredLayer> {
    const { sink, noCache, explain, signal } = this.#context.options;
    const found = noCache ? undefined : await this.#store.find(work.key);
    const why = this.#explainer.explain(
      index,
      work.title,
      inputs,
      found ? 'hit' : noCache ? 'forced' : 'miss',
    );
    const layer = await task(sink, work.title, async ({ id, end }) => {
      if (explain) end.detail = why;
      if (found) end.result = 'cached';
      return found ?? (await makeLayer(work, id, this.#store, this.#context));
    });
    this.#layers.push(layer);
    if (!found) this.#made++;
    const sealed = found ? Promise.resolve() : this.#background.add(this.#store.seal(layer, signal));
    if (this.#context.recipe.pack.layers === 'each')
      this.#packing.push(this.#background.add(this.#packer.layer(layer, sealed)));
    return layer;
  }

  /** Waits for what still goes on: nothing of a build outlives it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#background.settle();
  }
}

/** Errors that have no place of their own get that of the part of the recipe they come from. */
async function placed<T>(where: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SlipwayError && !error.where ? reworded(error, { where }) : error;
  }
}
