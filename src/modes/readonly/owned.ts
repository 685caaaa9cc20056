/** Directories below /var of users who are no people: their daemons write there, whatever their units say. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readInRoot, resolveInRoot } from '../../system/in-root.ts';
import type { Write } from './units.ts';

const BELOW = ['/var/lib', '/var/spool', '/var/cache', '/var/log', '/var/opt', '/var'];
const MOST = 2000;

export async function ownedWrites(root: string): Promise<Write[]> {
  const users = await usersOf(root);
  const found: Write[] = [];
  for (const directory of BELOW) {
    const place = await resolveInRoot(root, directory).catch(() => undefined);
    // Links of the image lead elsewhere; what is there is looked at by its own name.
    if (place !== `${root}${directory}`) continue;
    const names = await readdir(place).catch(() => [] as string[]);
    for (const name of names.toSorted().slice(0, MOST)) {
      const info = await lstat(join(place, name)).catch(() => undefined);
      const user = info?.isDirectory() ? users.get(info.uid) : undefined;
      if (user !== undefined) found.push({ path: `${directory}/${name}`, by: `user ${user}`, why: 'owner' });
    }
  }
  return found;
}

/** System users by number, without root and nobody. login.defs(5) has SYS_UID_MAX 999. */
async function usersOf(root: string): Promise<Map<number, string>> {
  const text =
    (await readInRoot(root, '/etc/passwd', 1 << 20).catch(() => undefined))?.toString('utf8') ?? '';
  const users = new Map<number, string>();
  for (const [, name = '', uid = ''] of text.matchAll(/^([a-z_][\w.-]*\$?):[^:\n]*:(\d{1,5}):/gim))
    if (Number(uid) > 0 && Number(uid) < 1000) users.set(Number(uid), name);
  return users;
}
