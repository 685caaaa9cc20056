/** Runs one source or step in a sandbox and keeps what it wrote as a layer. */
import { readdir } from 'node:fs/promises';
import { diskFull } from '../system/disk-full.ts';
import type { SlipwayError } from '../system/errors.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Clean } from '../recipe/schema.ts';
import { cleanTree } from './clean.ts';
import type { WorkContext, Tree } from './context.ts';
import { fail } from './errors.ts';
import type { LayerStore, StoredLayer } from './layer-store.ts';
import { packageIdentity } from './packages/for-tree.ts';
import { Labels } from './selinux/label.ts';
import type { Selinux } from './selinux/policy.ts';
import { contentSize, dropLogAcls, normalize } from './upper.ts';

export interface LayerWork {
  key: string;
  title: string;
  /** Undefined for a source. */
  tree?: Tree;
  /** What is cleaned before the layer is kept; none for a throw-away layer, of which nothing is packed. */
  clean?: Clean;
  /** Labels for the layer, and the policy that the tree below is labelled for. */
  selinux?: { wanted: Selinux; below?: string };
  epoch: number;
  run: (sandbox: Sandbox, task: string) => Promise<void>;
}

/** The layer is usable, not yet sealed. @throws SlipwayError of the step, or `build/disk-full` */
export async function makeLayer(
  work: LayerWork,
  task: string,
  store: LayerStore,
  context: WorkContext,
): Promise<StoredLayer> {
  const { paths } = context.installation;
  await using directory = await workDirectory(paths, 'layer');
  try {
    let packageConfig: string | undefined;
    let upper: string;
    let labels: Labels | undefined;
    {
      await using sandbox = await Sandbox.open(paths, directory.path, work.tree?.lowers ?? []);
      upper = sandbox.upper;
      const { selinux } = work;
      if (selinux) labels = await Labels.open(sandbox, selinux.wanted, selinux.below, context);
      await work.run(sandbox, task);
      context.options.signal?.throwIfAborted();
      if (work.clean) await cleanTree(sandbox, work.clean, work.tree === undefined, work.epoch);
      await labels?.inTree(sandbox, work.tree !== undefined);
      packageConfig = await packageIdentity(sandbox);
    }
    // The overlay is unmounted now: what follows changes the upper directory itself.
    await labels?.inLayer(upper);
    if (work.clean?.logs) await dropLogAcls(upper);
    const acls = work.clean !== undefined && (await normalize(upper, work.epoch, context.options.signal));
    const size = work.clean ? await contentSize(upper) : 0;
    const empty = (await readdir(upper)).length === 0;
    return await store.adopt(upper, {
      key: work.key, title: work.title, parent: work.tree?.key ?? '', size, empty, acls, packageConfig, epoch: work.epoch,
    }); // prettier-ignore
  } catch (error) {
    throw diskFull(error)
      ? fail('disk-full', { path: paths.state }, { cause: error, output: (error as SlipwayError).output })
      : error;
  }
}
