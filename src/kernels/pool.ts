/**
 * The pool: a directory a version, with vmlinuz, modules as a layer, perhaps an
 * initramfs, and `kernel.json`. A directory appears whole, by rename, and goes by
 * rename; `kernel.json` is replaced whole. So a reader sees a kernel or none.
 */
import { copyFile, link, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { closest } from '../system/closest.ts';
import { publish, syncDirectory, syncFile, writeDurably } from '../system/durable.ts';
import { lock, type Lock } from '../system/lock.ts';
import type { Paths } from '../system/paths.ts';
import { workDirectory } from '../system/workdir.ts';
import { PoolKernel, type PoolInitramfs } from './entry.ts';
import { fail } from './errors.ts';
import { checkVersion, isVersion, versionInName } from './version.ts';

/** Something in the pool that is no kernel that could be used. */
export interface BrokenKernel {
  version: string;
  reason: string;
}

export interface PoolContent {
  /** By version. */
  kernels: PoolKernel[];
  broken: BrokenKernel[];
  /** Paths of vmlinuz files that somebody copied into the pool's directory and nobody has added yet. */
  bare: string[];
}

/** Milliseconds to wait for who works on the same kernel. */
const WAIT = 900_000;

export class KernelPool {
  readonly paths: Paths;
  readonly #root: string;

  constructor(paths: Paths) {
    this.paths = paths;
    this.#root = paths.kernels;
  }

  vmlinuz({ version }: Pick<PoolKernel, 'version'>): string {
    return join(this.#directory(version), 'vmlinuz');
  }

  /** A squashfs with `usr/lib/modules/VERSION`. */
  modules({ version }: Pick<PoolKernel, 'version'>): string {
    return join(this.#directory(version), 'modules.squashfs');
  }

  /** The file of the initramfs, which is there if the kernel's entry says so. */
  initramfs({ version }: Pick<PoolKernel, 'version'>, one: Pick<PoolInitramfs, 'digest'>): string {
    return join(this.#directory(version), `initramfs-${one.digest.slice(7, 23)}`);
  }

  /** Under it a kernel is added, changed and removed. @throws SlipwayError `lock/held` */
  async lock(version: string, work: string, signal?: AbortSignal): Promise<Lock> {
    return await lock(this.paths.locks, `kernel-${checkVersion(version)}`, work, { wait: WAIT, signal });
  }

  async list(): Promise<PoolContent> {
    const content: PoolContent = { kernels: [], broken: [], bare: [] };
    for (const name of (await readdir(this.#root).catch(() => [] as string[])).toSorted()) {
      const info = await lstat(join(this.#root, name)).catch(() => undefined);
      if (info?.isFile() && versionInName(name)) content.bare.push(join(this.#root, name));
      if (!info?.isDirectory() || !isVersion(name)) continue;
      const kernel = await this.#read(name);
      if ('reason' in kernel) content.broken.push(kernel);
      else content.kernels.push(kernel);
    }
    return content;
  }

  /** @throws SlipwayError `kernels/bad-version`, `kernels/unknown`, `kernels/broken` */
  async find(version: string): Promise<PoolKernel> {
    checkVersion(version);
    if (!(await this.has(version))) throw await this.unknown(version);
    const kernel = await this.#read(version);
    if ('reason' in kernel) throw fail('broken', kernel);
    return kernel;
  }

  /** Whether there is something under this version, broken or not. */
  async has(version: string): Promise<boolean> {
    if (!isVersion(version)) return false;
    return (await lstat(this.#directory(version)).catch(() => undefined))?.isDirectory() ?? false;
  }

  /** The error for a version that is not there. */
  async unknown(version: string): Promise<Error> {
    const { kernels } = await this.list();
    const near = closest(
      version,
      kernels.map((k) => k.version),
    );
    return fail('unknown', { version, near: near ? `Did you mean ${near}? ` : '' });
  }

  /** Takes a directory with `vmlinuz` and `modules.squashfs`, below `paths.work`, as a new kernel. The caller holds its lock. */
  async put(staged: string, kernel: PoolKernel): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o755 });
    for (const name of ['vmlinuz', 'modules.squashfs']) await syncFile(join(staged, name));
    await writeDurably(join(staged, 'kernel.json'), `${JSON.stringify(kernel, undefined, 1)}\n`);
    await publish(staged, this.#directory(kernel.version));
  }

  /** Gives a kernel its initramfs: `file` is linked or copied. The caller holds the kernel's lock. */
  async setInitramfs(version: string, initramfs: PoolInitramfs, file: string): Promise<PoolKernel> {
    const kernel = await this.find(version);
    const target = this.initramfs(kernel, initramfs);
    await rm(target, { force: true });
    await shareFile(file, target);
    await syncDirectory(this.#directory(version));
    const changed = { ...kernel, initramfs };
    await writeDurably(
      join(this.#directory(version), 'kernel.json'),
      `${JSON.stringify(changed, undefined, 1)}\n`,
    );
    await this.tidy(version);
    return changed;
  }

  /** Removes files that killed commands left in a kernel's directory. The caller holds its lock. */
  async tidy(version: string): Promise<void> {
    const kernel = await this.#read(version);
    if ('reason' in kernel) return;
    const known = ['vmlinuz', 'modules.squashfs', 'kernel.json'];
    if (kernel.initramfs) known.push(`initramfs-${kernel.initramfs.digest.slice(7, 23)}`);
    for (const name of await readdir(this.#directory(version)))
      if (!known.includes(name))
        await rm(join(this.#directory(version), name), { recursive: true, force: true });
  }

  /** Removes what is there under `version`. The caller holds its lock. */
  async remove(version: string): Promise<void> {
    await using work = await workDirectory(this.paths, 'kernel-rm');
    await rename(this.#directory(version), join(work.path, 'gone'));
    await syncDirectory(this.#root);
  }

  async #read(version: string): Promise<PoolKernel | BrokenKernel> {
    const broken = (reason: string) => ({ version, reason });
    const file = join(this.#directory(version), 'kernel.json');
    if (!(await lstat(file).catch(() => undefined))?.isFile()) return broken('it has no kernel.json');
    const parsed = PoolKernel.safeParse(await readFile(file, 'utf8').then(parse));
    if (!parsed.success) return broken('its kernel.json is not of the right form');
    const kernel = parsed.data;
    if (kernel.version !== version) return broken(`its kernel.json is of ${kernel.version}`);
    const parts: [string, { size: number }][] = [
      [this.vmlinuz(kernel), kernel.vmlinuz],
      [this.modules(kernel), kernel.modules],
    ];
    for (const [path, { size }] of parts) {
      const info = await lstat(path).catch(() => undefined);
      if (!info?.isFile()) return broken(`${path} is missing`);
      if (info.size !== size) return broken(`${path} has ${info.size} bytes instead of ${size}`);
    }
    const { initramfs, ...bare } = kernel;
    if (!initramfs) return kernel;
    // A lost initramfs can be made again: the kernel is as good as one that never had any.
    const info = await lstat(this.initramfs(kernel, initramfs)).catch(() => undefined);
    return info?.isFile() && info.size === initramfs.size ? kernel : bare;
  }

  #directory(version: string): string {
    return join(this.#root, checkVersion(version));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A second name for a file that nobody writes to any more; a copy where that is not possible. */
export async function shareFile(from: string, to: string): Promise<void> {
  await link(from, to).catch(async () => {
    await copyFile(from, to);
    await syncFile(to);
  });
}
