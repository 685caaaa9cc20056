/**
 * The initramfs of an image: dracut runs in a throw-away layer over the image's
 * tree, for the image's own kernel, with the module `slipway` shown to it.
 */
import type { Catalog } from '../image/catalog.ts';
import type { Digest } from '../image/types.ts';
import { managerFor } from '../build/packages/for-tree.ts';
import type { WorkContext, Tree } from '../build/context.ts';
import type { Compression } from '../build/kernel-config.ts';
import { canonical, hashTree, keyOf } from '../build/key.ts';
import type { LayerStore, StoredLayer } from '../build/layer-store.ts';
import { makeLayer } from '../build/make-layer.ts';
import { task } from '../system/events.ts';
import type { Lower } from '../system/sandbox.ts';
import { COMPRESS, dracutCommand } from './dracut-command.ts';
import { layered, type Kind } from './kinds.ts';
import { requireTools, runDracut } from './run-dracut.ts';

export interface InitramfsRequest {
  tree: Tree;
  /** Kernel version. */
  version: string;
  /** Modules that the recipe wants loaded. */
  modules: readonly string[];
  /** Default: the one that mounts layers. */
  kind?: Kind;
  /** Default: the best that the kernel unpacks. */
  compress?: Compression;
  /** Laid over the tree and its tools, such as the modules of a kernel that is not in the tree; `key` covers its content. */
  over?: { lower: Lower; key: string };
  store: LayerStore;
  catalog: Catalog;
  context: WorkContext;
  /** Called when something had to be made. */
  made: () => void;
}

/** The blob of the initramfs, from the cache if nothing that dracut sees has changed. */
export async function makeInitramfs(request: InitramfsRequest): Promise<{ digest: Digest; size: number }> {
  const { context, store, catalog, version, modules, compress, kind = layered, over } = request;
  const { sink, noCache } = context.options;
  const tools = await toolLayer(request);
  const key = keyOf(
    'initramfs',
    'padded',
    version,
    modules,
    await Promise.all(Object.values(kind.shown).map((path) => hashTree(path))),
    dracutCommand({
      kind,
      version,
      load: modules,
      modules: kind.modules,
      output: '',
      compress: canonical([compress, COMPRESS]),
    }),
    context.epoch,
    ...(over ? [over.key] : []),
  );
  const title = kind === layered ? `initramfs for ${version}` : `initramfs (${kind.name}) for ${version}`;
  return await task(sink, title, async ({ id, end }) => {
    const known = tools.packed[key];
    if (known && !noCache && (await catalog.blobs.size(known.digest)) === known.size) {
      end.result = 'cached';
      return known;
    }
    request.made();
    const above = [
      ...(tools.empty ? [] : [{ directory: store.directory(tools) }]),
      ...(over ? [over.lower] : []),
    ];
    const blob = await runDracut({ ...request, lowers: [...request.tree.lowers, ...above] }, id);
    tools.packed[key] = blob;
    await store.save(tools);
    return blob;
  });
}

/** dracut and what our module needs, over the tree. */
async function toolLayer(request: InitramfsRequest): Promise<StoredLayer> {
  const { tree, store, context, made, kind = layered } = request;
  const { options } = context;
  const manager = await managerFor({ ...tree }, context, 'initramfs').catch((error: unknown) => {
    if ((error as { code?: string }).code === 'build/no-package-manager') return undefined;
    throw error;
  });
  const wanted = manager ? kind.tools(manager) : [];
  const key = keyOf('initramfs-tools', tree.key, manager ? [wanted, manager.state] : []);
  return await task(options.sink, 'tools for the initramfs', async ({ id, end }) => {
    const found = options.noCache ? undefined : await store.find(key);
    if (found) {
      end.result = 'cached';
      return found;
    }
    made();
    const layer = await makeLayer(
      {
        key, title: 'tools for the initramfs', tree, epoch: context.epoch,
        run: async (sandbox) => {
          if (manager) await manager.install(sandbox, { install: wanted }, context, id);
          else await requireTools(sandbox);
        },
      },
      id, store, context,
    ); // prettier-ignore
    await store.seal(layer, options.signal);
    return layer;
  });
}
