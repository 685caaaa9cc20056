import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { attributesOf } from '../../mounts/upper.ts';
import { escapeOctal } from '../../system/octal.ts';
import { run } from '../../system/process.ts';

/** Makes directories with owner, mode and extended attributes of `root`. One process for all: each takes longer than all else here. */
export async function likeRoot(root: string, directories: readonly string[]): Promise<void> {
  const { uid, gid, mode } = await lstat(root);
  for (const path of directories) {
    await mkdir(path);
    await chown(path, uid, gid);
    await chmod(path, mode & 0o7777);
  }
  const lines = await attributesOf(root);
  if (lines.length === 0) return;
  const dump = directories.map((path) => [`# file: ${quoted(path)}`, ...lines, '', ''].join('\n'));
  await run(['setfattr', '--restore=-'], { input: dump.join('') });
}

/** As getfattr(1) writes names. */
function quoted(path: string): string {
  return escapeOctal(Buffer.from(path).toString('latin1'), /[^\x21-\x5b\x5d-\x7e]/g);
}
