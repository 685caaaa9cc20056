/** The files of a kernel while it is given to an image: those of the pool, or of another image. */
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import type { Digest } from '../image/types.ts';
import { workDirectory } from '../system/workdir.ts';
import type { KernelContext } from './context.ts';
import type { PoolKernel } from './entry.ts';
import { fail } from './errors.ts';
import { KernelPool, shareFile } from './pool.ts';
import { imageKernel } from './sources/image.ts';
import { stage } from './stage.ts';

export interface KernelFiles {
  kernel: PoolKernel;
  vmlinuz: string;
  /** The squashfs. */
  modules: string;
  /** The pool's, if it has one. */
  initramfs?: string;
}

/** A kernel of the pool: what belongs to it, as paths. */
export function pooledFiles(pool: KernelPool, kernel: PoolKernel): KernelFiles {
  return {
    kernel,
    vmlinuz: pool.vmlinuz(kernel),
    modules: pool.modules(kernel),
    ...(kernel.initramfs && { initramfs: pool.initramfs(kernel, kernel.initramfs) }),
  };
}

/**
 * A version of the pool, which stays as it is meanwhile; else the kernel of an image, which does not get into the pool.
 * @throws SlipwayError `kernels/unknown`, `kernels/no-kernel`, …
 */
export async function openFiles(
  wanted: string,
  catalog: Catalog,
  context: KernelContext,
): Promise<KernelFiles & AsyncDisposable> {
  const pool = new KernelPool(catalog.paths);
  await using open = new AsyncDisposableStack();
  let files: KernelFiles;
  if (!(await pool.has(wanted)) && (await isImage(wanted, catalog))) {
    const work = open.use(await workDirectory(catalog.paths, 'kernel'));
    files = await ofImage(wanted, work.path, catalog, context);
  } else {
    if (!(await pool.has(wanted))) throw await pool.unknown(wanted);
    open.use(await pool.lock(wanted, 'giving the kernel to an image', context.options.signal));
    files = pooledFiles(pool, await pool.find(wanted));
  }
  const held = open.move();
  return { ...files, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

async function isImage(ref: string, catalog: Catalog): Promise<boolean> {
  return await catalog.find(ref).then(
    () => true,
    () => false,
  );
}

async function ofImage(
  ref: string,
  work: string,
  catalog: Catalog,
  { installation, options }: KernelContext,
): Promise<KernelFiles> {
  await using origin = await imageKernel(ref, catalog);
  const [candidate] = origin.kernels;
  const staged = candidate && (await stage(candidate, work, { installation, ...options }));
  if (!staged) throw fail('no-kernel', { image: ref });
  const { directory, kernel } = staged;
  return { kernel, vmlinuz: join(directory, 'vmlinuz'), modules: join(directory, 'modules.squashfs') };
}

/** A file as a blob; it stays where it is. Its digest is checked on the way. @throws SlipwayError `image/wrong-digest` */
export async function adoptCopy(
  file: string,
  digest: Digest,
  catalog: Catalog,
  signal?: AbortSignal,
): Promise<{ digest: Digest; size: number }> {
  await using work = await workDirectory(catalog.paths, 'kernel-blob');
  const own = join(work.path, 'blob');
  await shareFile(file, own);
  return await catalog.adoptBlob(own, signal, digest);
}
