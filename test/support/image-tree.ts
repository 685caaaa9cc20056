/** The tree of an image as nodes see it, read-only, until it is disposed. */
import { openParent } from '../../src/build/parent.ts';
import { LayerStore } from '../../src/build/layer-store.ts';
import type { Catalog } from '../../src/image/catalog.ts';
import { Sandbox } from '../../src/system/sandbox.ts';
import { workDirectory } from '../../src/system/workdir.ts';

export async function openImageTree(
  catalog: Catalog,
  ref: string,
): Promise<AsyncDisposable & { root: string }> {
  const { tree } = await openParent(ref, catalog, new LayerStore(catalog.paths));
  const work = await workDirectory(catalog.paths, 'test');
  const sandbox = await Sandbox.open(catalog.paths, work.path, tree.lowers, false);
  return {
    root: sandbox.root,
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      await work[Symbol.asyncDispose]();
    },
  };
}
