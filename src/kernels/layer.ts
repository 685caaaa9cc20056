/** The modules of a kernel of the pool as a layer over a tree. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkContext, Tree } from '../build/context.ts';
import { keyOf } from '../build/key.ts';
import type { LayerStore, StoredLayer } from '../build/layer-store.ts';
import { makeLayer } from '../build/make-layer.ts';
import { labelKey } from '../build/selinux/policy.ts';
import type { ImageConfig } from '../image/types.ts';
import type { Lower, Sandbox } from '../system/sandbox.ts';
import type { PoolKernel } from './entry.ts';
import { fail } from './errors.ts';
import type { KernelFiles } from './files.ts';
import { modulesPath } from './modules.ts';

/** Nothing of the image is cleaned: only modules are added. */
const UNTOUCHED = {
  machine_id: false, host_keys: false, logs: false, caches: false, resolv_conf: false, apt_lists: false,
}; // prettier-ignore

/** Where a tree has its modules. @throws SlipwayError `kernels/no-place` */
export async function modulesPlace(sandbox: Pick<Sandbox, 'root' | 'path'>, image: string) {
  const place = (await sandbox.path('/lib/modules')).slice(sandbox.root.length);
  if (place !== '/usr/lib/modules' && place !== '/lib/modules') throw fail('no-place', { image, place });
  return place;
}

/** Whether the packed modules fit a tree as they are: then all such images share them. */
export function canShare(place: string, selinux: ImageConfig['selinux']): boolean {
  return place === '/usr/lib/modules' && !selinux;
}

export interface OwnLayer {
  tree: Tree;
  files: KernelFiles;
  selinux: ImageConfig['selinux'];
  /** SOURCE_DATE_EPOCH, seconds. */
  epoch: number;
  image: string;
}

/** A layer for one image alone: with labels, or for a tree whose /lib is a directory. Found again if nothing has changed. */
export async function ownLayer(
  { tree, files, selinux, epoch, image }: OwnLayer,
  store: LayerStore,
  context: WorkContext,
  task: string,
): Promise<StoredLayer> {
  const { kernel } = files;
  const key = keyOf('kernel-modules', tree.key, kernel.modules.digest, labelKey(selinux), epoch);
  const found = await store.find(key);
  if (found) return found;
  const layer = await makeLayer(
    {
      key, title: layerTitle(kernel), tree, clean: UNTOUCHED, epoch,
      ...(selinux && { selinux: { wanted: selinux, below: selinux.policy } }),
      run: async (sandbox) => await putModules(sandbox, files, image),
    },
    task, store, context,
  ); // prettier-ignore
  await store.seal(layer, context.options.signal);
  return layer;
}

export const layerTitle = ({ version }: Pick<PoolKernel, 'version'>): string => `kernel modules ${version}`;

/** Puts the modules into a tree, in place of any that it has of that version. */
export async function putModules(
  sandbox: Sandbox,
  { kernel, modules }: KernelFiles,
  image: string,
): Promise<void> {
  const place = await modulesPlace(sandbox, image);
  await sandbox.makeDirectory(place);
  const to = join(place, kernel.version);
  await rm(await sandbox.path(to, false), { recursive: true, force: true });
  const from = `${sandbox.merged}.modules`;
  await sandbox.namespace.run(['mkdir', from]);
  await sandbox.namespace.run(['mount', '-t', 'squashfs', '-o', 'loop,ro,nodev,nosuid', modules, from]);
  await sandbox.namespace.run([
    'cp', '--recursive', '--preserve=mode,ownership,timestamps', '--no-target-directory', '--',
    join(from, modulesPath(kernel.version)), join(sandbox.merged, to),
  ]); // prettier-ignore
  await sandbox.namespace.run(['umount', from]);
}

/** What the modules are as something to lay over a tree for a while. */
export async function overlaid(
  sandbox: Sandbox,
  own: OwnLayer,
  store: LayerStore,
  context: WorkContext,
  task: string,
): Promise<{ lower: Lower; key: string }> {
  const { files, image } = own;
  const key = keyOf('kernel-modules', files.kernel.modules.digest);
  if (canShare(await modulesPlace(sandbox, image), undefined))
    return { lower: { blob: files.modules, format: 'squashfs' }, key };
  const layer = await ownLayer({ ...own, selinux: undefined }, store, context, task);
  return { lower: { directory: store.directory(layer) }, key };
}
