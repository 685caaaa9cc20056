/** The modules of one kernel: copied out of a tree that may be hostile, checked, packed. */
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import type { Compressor } from '../build/kernel-config.ts';
import { packCommand } from '../build/pack-command.ts';
import { hashFile } from '../image/blobs.ts';
import { runConfined } from '../system/confined.ts';
import { run } from '../system/process.ts';
import { fail } from './errors.ts';

export interface CopiedModules {
  /** SHA-256, hex, over names and content of the modules; what depmod makes of them does not count. */
  content: string;
  /** Seconds: the newest file. */
  date: number;
  /** Symbolic links that were left out, but for those to the kernel's source. */
  links: string[];
}

/** Where packed modules stand in a tree. */
export const modulesPath = (version: string): string => `usr/lib/modules/${version}`;

/** Beside the modules in some distributions, and no part of them. */
const LEFT_OUT =
  /^(build|source|vmlinu[xz]|Image|\.vmlinuz\.hmac|System\.map|symvers(\..*)?|bls\.conf|initr(d|amfs).*)$/;
/** More than any kernel has. */
const MOST_FILES = 100_000;
const MOST_BYTES = 8 * 2 ** 30;

/**
 * Copies the regular files below `from`, a directory without a link in its path. No link is followed.
 * @throws SlipwayError `kernels/bad-modules`
 */
export async function copyModules(
  from: string,
  to: string,
  version: string,
  signal?: AbortSignal,
): Promise<CopiedModules> {
  const refuse = (reason: string) => fail('bad-modules', { path: from, reason, version });
  const hash = createHash('sha256');
  const result: Omit<CopiedModules, 'content'> = { date: 0, links: [] };
  let [count, bytes] = [0, 0];
  const visit = async (path: string): Promise<void> => {
    const here = join(to, path);
    await mkdir(here, { recursive: path === '' });
    await chmod(here, 0o755);
    for (const entry of (await readdir(join(from, path), { withFileTypes: true })).toSorted(byName)) {
      signal?.throwIfAborted();
      if (path === '' && LEFT_OUT.test(entry.name)) continue;
      const name = path ? `${path}/${entry.name}` : entry.name;
      if (entry.isSymbolicLink()) result.links.push(name);
      else if (entry.isDirectory()) await visit(name);
      else if (!entry.isFile()) throw refuse(`${name} is no file`);
      else {
        const info = await stat(join(from, name));
        count++;
        bytes += info.size;
        if (count > MOST_FILES) throw refuse(`there are more than ${MOST_FILES} files`);
        if (bytes > MOST_BYTES) throw refuse('they have more than 8 GiB');
        result.date = Math.max(result.date, Math.floor(info.mtimeMs / 1000));
        await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
        await chmod(join(to, name), 0o644);
        if (counts(name)) hash.update(`${name}\0${(await hashFile(join(to, name), signal)).digest}\n`);
      }
    }
  };
  await visit('');
  return { ...result, content: hash.digest('hex') };
}

/** The same hash as of {@link copyModules}, of modules that stay where they are; empty for more than any kernel has. */
export async function modulesContent(directory: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  let [count, bytes] = [0, 0];
  const visit = async (path: string): Promise<boolean> => {
    for (const entry of (await readdir(join(directory, path), { withFileTypes: true })).toSorted(byName)) {
      if (path === '' && LEFT_OUT.test(entry.name)) continue;
      const name = path ? `${path}/${entry.name}` : entry.name;
      if (entry.isDirectory() && !(await visit(name))) return false;
      if (!entry.isFile() || !counts(name)) continue;
      count++;
      bytes += (await lstat(join(directory, name))).size;
      if (count > MOST_FILES || bytes > MOST_BYTES) return false;
      hash.update(`${name}\0${(await hashFile(join(directory, name), signal)).digest}\n`);
    }
    return true;
  };
  return (await visit('')) ? hash.digest('hex') : '';
}

/** Whether a file is a module, rather than a list that depmod or the kernel's build has made. */
const counts = (name: string): boolean => name.includes('/') || MODULE.test(name);

const MODULE = /\.ko(\.(gz|xz|zst))?$/;

const byName = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/**
 * Makes modules ready to be used: that they are of `version` is asked of one of them; depmod is run where
 * nobody has. `stage`: a directory with `usr/lib/modules/VERSION` and nothing else.
 * @throws SlipwayError `kernels/bad-modules`
 */
export async function finishModules(stage: string, version: string, signal?: AbortSignal): Promise<void> {
  const directory = join(stage, modulesPath(version));
  const one = await firstModule(directory, '');
  if (one) {
    const inside = `/stage/${modulesPath(version)}/${one}`;
    const said = await runConfined(['modinfo', '--field', 'vermagic', inside], {
      readOnlyBinds: { [stage]: '/stage' },
      signal,
    }).catch((cause: unknown) => {
      throw fail(
        'bad-modules',
        { path: directory, reason: `${one} is no kernel module`, version },
        { cause },
      );
    });
    const of = said.stdout.split(' ')[0]?.trim() ?? '';
    if (of !== version)
      throw fail('bad-modules', { path: directory, reason: `${one} is of the kernel ${of}`, version });
  }
  if (await isFile(join(directory, 'modules.dep'))) return;
  // depmod looks below lib or usr/lib, as it was built.
  await symlink('usr/lib', join(stage, 'lib'));
  await runConfined(['depmod', '--basedir', '/stage', version], { binds: { [stage]: '/stage' }, signal });
  await rm(join(stage, 'lib'));
}

/** Packs `stage` as a layer. What an image may have of the same version does not shine through. */
export async function packModules(
  stage: string,
  version: string,
  file: string,
  options: { level: number; compressor: Compressor; date: number; signal?: AbortSignal },
): Promise<void> {
  const { level, compressor, date, signal } = options;
  for (let path = modulesPath(version); path !== '.'; path = dirname(path))
    await chmod(join(stage, path), 0o755);
  await run(['setfattr', '--name=trusted.overlay.opaque', '--value=y', join(stage, modulesPath(version))]);
  const argv = packCommand(stage, file, { format: 'squashfs', compressor, level, exclude: [] }, date);
  argv.splice(3, 0, '-all-time', String(date), '-mkfs-time', String(date));
  await run(argv, { signal });
}

async function firstModule(directory: string, path: string): Promise<string | undefined> {
  for (const entry of (await readdir(join(directory, path), { withFileTypes: true })).toSorted(byName)) {
    const name = path ? `${path}/${entry.name}` : entry.name;
    if (entry.isFile() && MODULE.test(name)) return name;
    const below = entry.isDirectory() ? await firstModule(directory, name) : undefined;
    if (below) return below;
  }
  return undefined;
}

/** Files of a directory and the bytes of their content. */
export async function measureFiles(directory: string): Promise<{ count: number; unpacked: number }> {
  const sizes = await run(['find', directory, '-type', 'f', '-printf', '%s\\n']);
  const all = sizes.stdout.split('\n').filter(Boolean);
  return { count: all.length, unpacked: all.reduce((sum, size) => sum + Number(size), 0) };
}

export async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false;
}
