/** Kernel and initramfs of an image. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../image/types.ts';
import { makeInitramfs, type InitramfsRequest } from '../initramfs/make.ts';
import type { ResolvedStep } from '../recipe/resolved.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import { chosenKernel, kernelOf } from './steps/kernel.ts';

export interface BlobRef {
  digest: Digest;
  size: number;
}
export interface Boot {
  version: string;
  arguments: string[];
  modules: string[];
  kernel: BlobRef;
  initramfs: BlobRef;
}

/** Takes the kernel that `step` means out of the tree, and makes its initramfs. */
export async function makeBoot(
  step: ResolvedStep,
  request: Omit<InitramfsRequest, 'version' | 'modules'>,
): Promise<Boot> {
  const { tree, catalog, context, store } = request;
  const { noCache } = context.options;
  const take = async (again = noCache) =>
    await store.recall(tree, 'kernel', step.step, async () => await takeKernel(step, request), again);
  let { version, kernel } = await take();
  if ((await catalog.blobs.size(kernel.digest)) !== kernel.size) ({ version, kernel } = await take(true));
  const { arguments: args, modules, compress } = kernelOf(step);
  const initramfs = await makeInitramfs({ ...request, version, modules, compress });
  return { version, arguments: args, modules, kernel, initramfs };
}

async function takeKernel(
  step: ResolvedStep,
  { tree, catalog, context }: Pick<InitramfsRequest, 'tree' | 'catalog' | 'context'>,
): Promise<{ version: string; kernel: BlobRef }> {
  const { paths } = context.installation;
  await using work = await workDirectory(paths, 'kernel');
  const file = join(work.path, 'vmlinuz');
  await using inner = await workDirectory(paths, 'find-kernel');
  await using sandbox = await Sandbox.open(paths, inner.path, tree.lowers, false);
  const { version, path } = await chosenKernel(step, sandbox);
  await copyFile(await sandbox.path(path), file);
  return { version, kernel: await catalog.adoptBlob(file, context.options.signal) };
}
