/** The upper directory of a mounted image: its root shows instead of the image's, and must look the same. */
import { chmod, chown, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { run } from '../system/process.ts';

/** Kept by overlayfs for itself. */
const OVERLAY = /^(trusted|user)\.overlay\./;

/**
 * Makes `upper` with owner, mode and extended attributes of `below`, the root of the layer under it.
 * One that is there stays as it is: there are changes in it.
 */
export async function makeUpper(upper: string, below: string): Promise<void> {
  if (await lstat(upper).catch(() => undefined)) return;
  const half = `${upper}.new`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half);
  const { uid, gid, mode } = await lstat(below);
  await chown(half, uid, gid);
  await chmod(half, mode & 0o7777);
  await copyAttributes(below, half);
  await rename(half, upper);
}

async function copyAttributes(from: string, to: string): Promise<void> {
  for (const line of await attributesOf(from)) {
    const at = line.indexOf('=');
    await run(['setfattr', `--name=${line.slice(0, at)}`, `--value=${line.slice(at + 1)}`, '--', to]);
  }
}

/** Extended attributes but those of overlayfs, `NAME=VALUE` each as getfattr(1) writes them. */
export async function attributesOf(path: string): Promise<string[]> {
  const dump = ['getfattr', '--absolute-names', '--dump', '--match=-', '--encoding=hex', '--', path];
  const { stdout } = await run(dump, { okCodes: [0, 1] }); // 1: a layer without any attribute does not support them.
  const lines = stdout.split('\n').filter((line) => line.includes('=') && !line.startsWith('# '));
  return lines.filter((line) => !OVERLAY.test(line));
}
