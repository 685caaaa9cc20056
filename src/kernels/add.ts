/** `slipway kernel add`: kernels into the pool. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { diskFull } from '../system/disk-full.ts';
import type { Catalog } from '../image/catalog.ts';
import { task } from '../system/events.ts';
import { workDirectory } from '../system/workdir.ts';
import type { PoolKernel } from './entry.ts';
import { fail } from './errors.ts';
import { KernelPool } from './pool.ts';
import { fileKernel, type FileOptions } from './sources/file.ts';
import { hostKernel } from './sources/host.ts';
import { imageKernel } from './sources/image.ts';
import type { Candidate, Origin } from './sources/origin.ts';
import { isPackage, packageKernels } from './sources/packages.ts';
import { stage, type StageContext } from './stage.ts';
import { isVersion } from './version.ts';

export interface AddOptions extends FileOptions {
  /** The image whose kernel is taken. */
  from?: string;
}

export interface Added {
  kernel: PoolKernel;
  /** False: this very kernel was there. */
  added: boolean;
}

/**
 * Adds kernels. A word is a package, a file, a version of this host, or an image; packages are one kernel
 * together. No word: the vmlinuz files that were copied into the pool's directory, which then go.
 * @throws SlipwayError `kernels/…`; those added before stay
 */
export async function addKernels(
  words: readonly string[],
  options: AddOptions,
  catalog: Catalog,
  context: StageContext,
): Promise<Added[]> {
  const pool = new KernelPool(context.installation.paths);
  const added: Added[] = [];
  const take = async (opening: Promise<Origin>) => {
    await using origin = await opening;
    for (const candidate of origin.kernels) added.push(await addOne(pool, candidate, context));
  };
  if (words.length === 0 && options.from === undefined) {
    const { bare } = await pool.list();
    if (bare.length === 0) throw fail('nothing-to-add', { path: pool.paths.kernels });
    for (const path of bare) {
      await take(fileKernel(path, options, catalog));
      await rm(path);
    }
    return added;
  }
  if (options.from !== undefined) await take(imageKernel(options.from, catalog));
  const packages = words.filter((word) => isPackage(word));
  if (packages.length > 0) await take(packageKernels(packages, pool.paths, context.signal));
  for (const word of words.filter((one) => !isPackage(one))) await take(originOf(word, options, catalog));
  return added;
}

async function originOf(word: string, options: AddOptions, catalog: Catalog): Promise<Origin> {
  if (word.includes('/') || existsSync(word)) return await fileKernel(word, options, catalog);
  const version = isVersion(word)
    ? await hostKernel(word, options.root).catch((error: unknown) => error)
    : undefined;
  if (version && !(version instanceof Error)) return version as Origin;
  const image = await catalog.find(word).then(() => true, () => false); // prettier-ignore
  if (image) return await imageKernel(word, catalog);
  throw version ?? fail('bad-version', { version: JSON.stringify(word) });
}

async function addOne(pool: KernelPool, candidate: Candidate, context: StageContext): Promise<Added> {
  const { version, from } = candidate;
  const { sink, signal } = context;
  using _ = await pool.lock(version, `adding the kernel ${version}`, signal);
  return await task(sink, `kernel ${version} (${from})`, async ({ end }) => {
    const present = (await pool.has(version)) ? await pool.find(version) : undefined;
    await using work = await workDirectory(pool.paths, 'kernel');
    try {
      const staged = await stage(candidate, work.path, context, async ({ vmlinuz, content }) => {
        if (!present) return await Promise.resolve(false);
        if (present.vmlinuz.digest !== vmlinuz || present.modules.content !== content)
          throw fail('different', { version });
        return true;
      });
      if (!staged) {
        end.result = 'cached';
        return { kernel: present as PoolKernel, added: false };
      }
      signal?.throwIfAborted();
      await pool.put(staged.directory, staged.kernel);
      return { kernel: staged.kernel, added: true };
    } catch (cause) {
      throw diskFull(cause) ? fail('no-space', { path: pool.paths.kernels }, { cause }) : cause;
    }
  });
}
