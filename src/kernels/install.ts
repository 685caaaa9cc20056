/** A kernel of the pool in a tree that is being built. */
import { constants } from 'node:fs';
import { chmod, copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkContext } from '../build/context.ts';
import type { Paths } from '../system/paths.ts';
import type { Sandbox } from '../system/sandbox.ts';
import { pooledFiles } from './files.ts';
import { putModules } from './layer.ts';
import { KernelPool } from './pool.ts';

/** What a step that takes this kernel sees of it: part of its cache key. @throws SlipwayError `kernels/unknown`, `kernels/broken` */
export async function pooledKey(paths: Paths, version: string): Promise<unknown> {
  const { vmlinuz, modules } = await new KernelPool(paths).find(version);
  return { version, vmlinuz: vmlinuz.digest, modules: modules.digest };
}

/** Puts vmlinuz and modules where packages have them. @throws SlipwayError `kernels/unknown`, `kernels/broken` */
export async function installPooled(
  sandbox: Sandbox,
  { installation, options }: Pick<WorkContext, 'installation' | 'options'>,
  version: string,
): Promise<void> {
  const pool = new KernelPool(installation.paths);
  using _ = await pool.lock(version, 'giving the kernel to a build', options.signal);
  const files = pooledFiles(pool, await pool.find(version));
  await putModules(sandbox, files, 'The image');
  const vmlinuz = join(await sandbox.makeDirectory('/boot'), `vmlinuz-${version}`);
  await rm(vmlinuz, { recursive: true, force: true });
  await copyFile(files.vmlinuz, vmlinuz, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(vmlinuz, 0o644);
}
