/** The kernel that an image boots, with the modules in its tree. */
import { openParent } from '../../build/parent.ts';
import { LayerStore } from '../../build/layer-store.ts';
import type { Catalog } from '../../image/catalog.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { fail } from '../errors.ts';
import { findConfig, findModules } from '../find.ts';
import type { Candidate, Origin } from './origin.ts';

/** The tree is mounted, read-only, until the origin is closed. @throws SlipwayError `kernels/no-kernel`, `kernels/no-modules`, `image/…` */
export async function imageKernel(ref: string, catalog: Catalog): Promise<Origin> {
  const { generation, config, kernel } = await catalog.resolve(ref);
  const image = `${generation.name}:${generation.generation}`;
  if (!config.kernel || !kernel) throw fail('no-kernel', { image });
  const { version } = config.kernel;
  await using open = new AsyncDisposableStack();
  const { tree } = await openParent(generation.digest, catalog, new LayerStore(catalog.paths));
  const work = open.use(await workDirectory(catalog.paths, 'kernel-image'));
  const sandbox = open.use(await Sandbox.open(catalog.paths, work.path, tree.lowers, false));
  const modules = await findModules(sandbox.root, version);
  if (!modules) throw fail('no-modules', { version, places: `the tree of ${image}`, file: 'FILE' });
  const candidate: Candidate = {
    version,
    vmlinuz: catalog.blobPath(kernel.digest),
    modules,
    config: await findConfig(sandbox.root, version),
    from: `image ${image}`,
    label: `kernel of ${image}`,
  };
  const held = open.move();
  return {
    kernels: [candidate],
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}
