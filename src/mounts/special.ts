/**
 * What programs in a chroot expect, on top of the tree and never part of it: /proc and
 * /sys of the host (what could change the host is read-only), few devices, empty /run and /tmp.
 */
import { chmod, lstat, mkdir, realpath, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { resolveInRoot } from '../system/in-root.ts';
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

/** Mounts all of it that is not mounted yet. */
export async function mountSpecial(tree: string, points: Points): Promise<void> {
  const there = new Set((await mountsBelow(tree)).map((one) => one.path));
  const missing = async (at: string) => !there.has(await realpath(at));
  const mount = async (type: string, options: string, at: string): Promise<boolean> => {
    const isNew = await missing(at);
    if (isNew) await run(['mount', '-t', type, '-o', options, type, at]);
    return isNew;
  };
  await mount('proc', 'nosuid,nodev,noexec', points.proc);
  // A package's script that sets kernel parameters or presses SysRq would do so on this host.
  for (const part of ['sys', 'sysrq-trigger']) {
    const path = join(points.proc, part);
    if ((await lstat(path).catch(() => undefined)) && (await missing(path)))
      await run(['mount', '--bind', '-o', 'ro,nosuid,nodev,noexec', path, path]);
  }
  await mount('sysfs', 'ro,nosuid,nodev,noexec', points.sys);
  if (await mount('tmpfs', 'mode=0755,nosuid,noexec,size=64k,nr_inodes=64', points.dev))
    await devices(points.dev);
  await mount('devpts', 'newinstance,ptmxmode=0666,mode=0620,gid=5,nosuid,noexec', join(points.dev, 'pts'));
  await mount('tmpfs', 'mode=1777,nosuid,nodev', join(points.dev, 'shm'));
  if (await mount('tmpfs', 'mode=0755,nosuid,nodev', points.run)) {
    await mkdir(join(points.run, 'lock'));
    await chmod(join(points.run, 'lock'), 0o1777);
  }
  await mount('tmpfs', 'mode=1777,nosuid,nodev', points.tmp);
}

async function devices(directory: string): Promise<void> {
  await run(['cp', '--archive', '--', ...DEVICES, directory]);
  for (const [name, target] of Object.entries(LINKS)) await symlink(target, join(directory, name));
  for (const name of ['pts', 'shm']) await mkdir(join(directory, name));
}
