/**
 * Trees where the NFS server finds them. What is mounted is asked of the kernel and made from records, as often as
 * one likes: after a restart, after a kill, in another mount namespace.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { readMounts, type Mount } from '../mounts/mountinfo.ts';
import { mountTable, type TableEntry } from '../system/mount-table.ts';
import type { Paths } from '../system/paths.ts';
import { run } from '../system/process.ts';

/** Nothing that a node puts into its tree is a program, a device or set-uid for this host. */
export const EXPORTED = 'nosuid,nodev,noexec';

/** Mount points that one process is given: its arguments have a limit. */
const CHUNK = 500;

export interface Attached {
  /** Mount points that were mounted now. */
  mounted: string[];
  /** Those that could not be. */
  failed: string[];
  /** What mount(8) says to the first of these. */
  output: string;
}

/** Lines of mount(8) that are shown: where the cause is the same for all, a thousand say no more. */
const LINES = 10;

/**
 * Mounts what is not mounted, by one process. What shows something else, such as a node's tree from before a
 * refresh, is mounted anew, unless it is in use.
 * @param entries targets below `nfs.exports`, options relative to the store
 */
export async function attach(
  paths: Paths,
  entries: readonly TableEntry[],
  signal?: AbortSignal,
): Promise<Attached> {
  if (entries.length === 0) return { mounted: [], failed: [], output: '' };
  await makeExports(paths, entries);
  const [store, top] = [await realpath(paths.nfs), await realpath(paths.exports)];
  const real = (entry: TableEntry) => top + entry.target.slice(paths.exports.length);
  const isThere = (one: TableEntry, mounts: ReadonlyMap<string, Mount>) =>
    shows(mounts.get(real(one)), one, paths.nfs);
  const before = await mountedAt();
  const wrong = entries.filter((one) => !isThere(one, before));
  if (wrong.length === 0) return { mounted: [], failed: [], output: '' };
  const other = wrong.map(real).filter((at) => before.has(at));
  if (other.length > 0) await detach(other);

  await mkdir(paths.run, { recursive: true, mode: 0o755 });
  const file = join(paths.run, `nfs-mounts-${randomBytes(6).toString('hex')}`);
  /** Returns those that are not there after it, and what mount(8) says. */
  const mount = async (some: readonly TableEntry[]) => {
    for (const { target } of some) await makeIfMissing(target, 0o700);
    // 32, 64: all failed, some failed. mount(8)
    const options = { cwd: store, signal, okCodes: [0, 32, 64] };
    const { stderr } = await run(await mountTable(file, some), options);
    const now = await mountedAt();
    return { failed: some.filter((one) => !isThere(one, now)), output: firstLines(stderr) };
  };
  try {
    let { failed, output } = await mount(wrong);
    if (failed.length > 0) {
      // Where / is not shared, as in containers, other mount namespaces may have copies of what was there before,
      // which keep overlays alive: they go with their mount point.
      for (const { target } of failed) await rmdir(target).catch(() => {});
      ({ failed, output } = await mount(failed));
    }
    const targets = (some: readonly TableEntry[]) => some.map(({ target }) => target);
    const mounted = wrong.filter((one) => !failed.includes(one));
    return { mounted: targets(mounted), failed: targets(failed), output };
  } finally {
    await rm(file, { force: true });
  }
}

/** Unmounts, and takes the mount points away. Returns those that are in use; `lazy`: then those that use them go on alone. */
export async function detach(points: readonly string[], { lazy = false } = {}): Promise<string[]> {
  const real = new Map<string, string>();
  for (const at of points) real.set(await realpath(at).catch(() => at), at);
  const before = await mountedAt();
  const mounted = [...real.keys()].filter((at) => before.has(at));
  for (let start = 0; start < mounted.length; start += CHUNK) {
    const some = mounted.slice(start, start + CHUNK);
    await run(['umount', ...(lazy ? ['--lazy'] : []), '--no-canonicalize', '--', ...some], {
      okCodes: [0, 32, 64],
    });
  }
  const after = await mountedAt();
  for (const at of real.keys()) if (!after.has(at)) await rmdir(at).catch(() => {});
  return [...real].filter(([at]) => after.has(at)).map(([, at]) => at);
}

/** By mount point: what lies on top. */
export async function mountedAt(): Promise<Map<string, Mount>> {
  return new Map((await readMounts()).map((mount) => [mount.path, mount]));
}

/** Others of this host may pass through on the way to what they know, and see no names. The kernel's server needs as much. */
async function makeExports(paths: Paths, entries: readonly TableEntry[]): Promise<void> {
  await mkdir(dirname(paths.exports), { recursive: true, mode: 0o755 });
  const directories = new Set([paths.exports]);
  for (const { target } of entries) {
    const parts = relative(paths.exports, dirname(target)).split('/');
    for (const i of parts.keys()) directories.add(join(paths.exports, ...parts.slice(0, i + 1)));
  }
  for (const directory of directories) await makeIfMissing(directory, 0o711);
}

async function makeIfMissing(directory: string, mode: number): Promise<void> {
  await mkdir(directory, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

const firstLines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.includes('dmesg(1)'))
    .slice(0, LINES)
    .join('\n');

function shows(mount: Mount | undefined, { type, source }: TableEntry, store: string): boolean {
  // Of a bind the kernel knows the path from the root of its file system, which may be mounted anywhere.
  if (type === 'none') return mount?.root.endsWith(source.slice(store.length)) ?? false;
  return mount?.type === type && mount.source === source;
}
