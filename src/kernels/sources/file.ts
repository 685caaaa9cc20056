/** A vmlinuz file that somebody has, with modules that he names or that are found. */
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hashFile } from '../../image/blobs.ts';
import type { Catalog } from '../../image/catalog.ts';
import { SlipwayError } from '../../system/errors.ts';
import { fail } from '../errors.ts';
import { findConfig, findModules } from '../find.ts';
import { readKernelFile } from '../kernel-file.ts';
import { isFile } from '../modules.ts';
import { checkVersion, versionInName } from '../version.ts';
import { imageKernel } from './image.ts';
import { plainOrigin, type Origin } from './origin.ts';

export interface FileOptions {
  /** Directory of modules: that of the version, or one in which it stands. */
  modules?: string;
  /** For kernels whose header has none. */
  version?: string;
  /** Root of the host, for tests. */
  root?: string;
}

/**
 * @param path a symbolic link that is named stands for what it points to
 * @throws SlipwayError `kernels/not-a-kernel`, `kernels/no-version`, `kernels/other-version`, `kernels/no-modules`
 */
export async function fileKernel(path: string, options: FileOptions, catalog: Catalog): Promise<Origin> {
  const vmlinuz = await realpath(resolve(path)).catch(() => undefined);
  if (!vmlinuz) throw fail('not-found', { what: `file ${path}`, todo: 'Check its path.' });
  const version = await versionOf(path, vmlinuz, options.version);
  const beside = join(dirname(vmlinuz), `config-${version}`);
  const config = (await isFile(beside)) ? beside : undefined;
  const found = { version, vmlinuz, config, from: `file ${basename(path)}`, label: path };
  if (options.modules !== undefined)
    return plainOrigin({ ...found, modules: await namedModules(options.modules, version, path) });
  const modules = await findModules(options.root ?? '/', version);
  if (modules) {
    const own = config ?? (await findConfig(options.root ?? '/', version));
    return plainOrigin({ ...found, modules, config: own });
  }
  const image = await imageWith(version, vmlinuz, catalog);
  if (!image)
    throw fail('no-modules', {
      version,
      places: `/lib/modules/${version}, the images of the catalog`,
      file: path,
    });
  return {
    kernels: image.kernels.map((kernel) => ({
      ...kernel,
      ...found,
      config: config ?? kernel.config,
    })),
    [Symbol.asyncDispose]: async () => await image[Symbol.asyncDispose](),
  };
}

/** What the header says counts, not the name of the file. */
async function versionOf(path: string, vmlinuz: string, asked: string | undefined): Promise<string> {
  const { version: found } = await readKernelFile(vmlinuz, path);
  if (asked !== undefined) checkVersion(asked);
  if (found && asked !== undefined && asked !== found)
    throw fail('other-version', { file: path, found, wanted: asked });
  const version = found ?? asked ?? versionInName(basename(path)) ?? versionInName(basename(vmlinuz));
  if (!version) throw fail('no-version', { file: path });
  return version;
}

/** `DIR` itself, `DIR/VERSION`, or `DIR/lib/modules/VERSION`. */
async function namedModules(directory: string, version: string, file: string): Promise<string> {
  const top = await realpath(resolve(directory)).catch(() => undefined);
  if (top) {
    if ((await isFile(join(top, 'modules.order'))) || (await isFile(join(top, 'modules.dep')))) return top;
    if ((await lstat(join(top, 'kernel')).catch(() => undefined))?.isDirectory()) return top;
    if ((await lstat(join(top, version)).catch(() => undefined))?.isDirectory()) return join(top, version);
    const below = await findModules(top, version);
    if (below) return below;
  }
  throw fail('no-modules', { version, places: directory, file });
}

/** An image that boots this very kernel: its modules belong to it. */
async function imageWith(version: string, vmlinuz: string, catalog: Catalog): Promise<Origin | undefined> {
  const same = (await catalog.generations()).filter((g) => g.kernel === version && g.state === 'ready');
  if (same.length === 0) return undefined;
  const { digest } = await hashFile(vmlinuz);
  for (const { name, generation } of same.toReversed()) {
    const ref = `${name}:${generation}`;
    if ((await catalog.resolve(ref)).kernel?.digest !== digest) continue;
    try {
      return await imageKernel(ref, catalog);
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code !== 'kernels/no-modules') throw error;
    }
  }
  return undefined;
}
