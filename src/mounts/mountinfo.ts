/** The kernel's list of mounts. proc_pid_mountinfo(5) */
import { readFile, realpath } from 'node:fs/promises';
import { unescapeOctal } from '../system/octal.ts';

export interface Mount {
  /** Mount point as the process sees it. */
  path: string;
  /** What of the file system is mounted there: `/` for all of it. */
  root: string;
  type: string;
  source: string;
}

/** Mounts in the order in which they were made; none if the process is gone. */
export async function readMounts(pid: number | 'self' = 'self'): Promise<Mount[]> {
  return parseMounts(await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => ''));
}

export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [own = '', rest] = line.split(' - ', 2);
    const [, , , root, path] = own.split(' ');
    const [type, source] = rest?.split(' ') ?? [];
    if (root === undefined || path === undefined || type === undefined || source === undefined) return [];
    return [{ path: unescapeOctal(path), root: unescapeOctal(root), type, source: unescapeOctal(source) }];
  });
}

/** Mounts at `path` and below it, in the order in which they were made. */
export async function mountsBelow(path: string): Promise<Mount[]> {
  const real = await realpath(path).catch(() => path);
  return (await readMounts()).filter((one) => isBelow(one.path, real));
}

export function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`);
}
