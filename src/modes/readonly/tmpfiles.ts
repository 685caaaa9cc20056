/** What systemd-tmpfiles makes at each boot. tmpfiles.d(5) */
import { lstat, readdir } from 'node:fs/promises';
import { readInRoot, resolveInRoot } from '../../system/in-root.ts';
import type { Write } from './units.ts';

const DIRECTORIES = ['/etc/tmpfiles.d', '/usr/lib/tmpfiles.d'];
/** Makes something where nothing is. */
const MAKES = new Set(['f', 'd', 'v', 'q', 'Q', 'p', 'L', 'L?', 'c', 'b', 'C']);
/** Changes what is there. */
const CHANGES = new Set(['F', 'f+', 'w', 'w+', 'D', 'L+', 'p+', 'c+', 'b+', 'C+']);
const LIMIT = 1 << 20;
const MOST = 1000;

export async function tmpfilesWrites(root: string): Promise<Write[]> {
  const files = new Map<string, string>();
  for (const directory of DIRECTORIES) {
    const names = await resolveInRoot(root, directory)
      .then((place) => readdir(place))
      .catch(() => []);
    for (const name of names.slice(0, MOST))
      if (name.endsWith('.conf') && !files.has(name)) files.set(name, `${directory}/${name}`);
  }
  const found: Write[] = [];
  for (const file of [...files.values()].toSorted()) {
    const text = (await readInRoot(root, file, LIMIT).catch(() => undefined))?.toString('utf8') ?? '';
    for (const line of text.split('\n').slice(0, 10 * MOST)) {
      const [type = '', path = ''] = line.trim().split(/\s+/);
      // ! is at boot only, as this is; - lets it fail, ^ is for credentials, which nodes have none of.
      const kind = type.replace(/[!=~$]/g, '');
      if (/[-^]/.test(type) || !path.startsWith('/') || /[%*?[]/.test(path)) continue;
      if (CHANGES.has(kind) || (MAKES.has(kind) && !(await isThere(root, path))))
        found.push({ path: path.replace(/(.)\/+$/, '$1'), by: file, why: `tmpfiles ${type}` });
    }
  }
  return found;
}

async function isThere(root: string, path: string): Promise<boolean> {
  const place = await resolveInRoot(root, path, false).catch(() => undefined);
  return place !== undefined && (await lstat(place).catch(() => undefined)) !== undefined;
}
