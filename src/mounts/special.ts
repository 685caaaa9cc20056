/**
 * What programs in a chroot expect, on top of the tree and never part of it: /proc and
 * /sys of the host (what could change the host is read-only), few devices, empty /run and /tmp.
 */
import { chmod, lstat, mkdir, realpath, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { resolveInRoot } from '../system/in-root.ts';
import { mountTable, type TableEntry } from '../system/mount-table.ts';
import { run } from '../system/process.ts';
import { fail } from './errors.ts';
import { isBelow, mountsBelow } from './mountinfo.ts';

/** Mount points, resolved in the tree before the first of them is mounted. */
export interface Points {
  /** Host paths. */
  proc: string;
  sys: string;
  dev: string;
  run: string;
  tmp: string;
}

/** Copied as nodes, not as what they give. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);

const LINKS: Record<string, string> = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
  ptmx: 'pts/ptmx',
};

/**
 * Where to mount in `tree`, and which directories must be made first (relative to it, parents first).
 * Links of the image are followed within it only. @throws SlipwayError `mount/no-mount-point`
 */
export async function mountPoints(
  tree: string,
  image: string,
): Promise<{ points: Points; missing: string[] }> {
  const missing: string[] = [];
  const find = async (name: string) => {
    const path = await resolveInRoot(tree, name);
    const parts = relative(tree, path).split('/');
    for (let i = 1; i <= parts.length; i++) {
      const part = parts.slice(0, i).join('/');
      const info = await lstat(join(tree, part)).catch(() => undefined);
      if (info && !info.isDirectory()) throw fail('no-mount-point', { image, path: name });
      if (!info && !missing.includes(part)) missing.push(part);
    }
    if (path === tree) throw fail('no-mount-point', { image, path: name });
    return path;
  };
  const points = {
    proc: await find('/proc'), sys: await find('/sys'), dev: await find('/dev'),
    run: await find('/run'), tmp: await find('/tmp'),
  }; // prettier-ignore
  const all = Object.entries(points);
  for (const [name, path] of all)
    if (all.some(([other, top]) => other !== name && isBelow(path, top)))
      throw fail('no-mount-point', { image, path: `/${name}` });
  return { points, missing };
}

/** Mounts all of it that is not mounted yet. `file`: to be written. */
export async function mountSpecial(tree: string, points: Points, file: string): Promise<void> {
  const there = new Set((await mountsBelow(tree)).map((one) => one.path));
  const top = await realpath(tree);
  const table: TableEntry[] = [];
  const mount = (type: string, options: string, target: string, source = type): boolean => {
    const isNew = !there.has(join(top, relative(tree, target)));
    if (isNew) table.push({ source, target, type, options });
    return isNew;
  };
  mount('proc', 'nosuid,nodev,noexec', points.proc);
  // A package's script that sets kernel parameters or presses SysRq would do so on this host.
  for (const part of ['sys', 'sysrq-trigger'])
    if (await lstat(join('/proc', part)).catch(() => undefined))
      mount('none', 'bind,ro,nosuid,nodev,noexec', join(points.proc, part), join(points.proc, part));
  mount('sysfs', 'ro,nosuid,nodev,noexec', points.sys);
  const newDev = mount('tmpfs', 'mode=0755,nosuid,noexec,size=64k,nr_inodes=64', points.dev);
  const make = 'X-mount.mkdir,nosuid';
  mount('devpts', `${make},newinstance,ptmxmode=0666,mode=0620,gid=5,noexec`, join(points.dev, 'pts'));
  mount('tmpfs', `${make},mode=1777,nodev`, join(points.dev, 'shm'));
  const newRun = mount('tmpfs', 'mode=0755,nosuid,nodev', points.run);
  mount('tmpfs', 'mode=1777,nosuid,nodev', points.tmp);
  if (table.length > 0) await run(await mountTable(file, table));
  if (newDev) await devices(points.dev);
  if (!newRun) return;
  await mkdir(join(points.run, 'lock'));
  await chmod(join(points.run, 'lock'), 0o1777);
}

async function devices(directory: string): Promise<void> {
  await run(['cp', '--archive', '--', ...DEVICES, directory]);
  for (const [name, target] of Object.entries(LINKS)) await symlink(target, join(directory, name));
}
