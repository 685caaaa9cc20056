/** Files that the repositories of a recipe name: keys are read, so that a wrong one is known before anything is fetched. */
import { lookAt } from './read-text.ts';
import { readKey } from '../system/rpm-key.ts';
import { placeOf } from '../system/yaml.ts';
import { beside, type Opened } from './document.ts';
import type { RedhatSource } from './sources/redhat.ts';

/** A check for each file; see `all` of host-paths.ts. Errors `repository/…`, `recipe/missing-file`. */
export function repositoryChecks(source: RedhatSource, here: Opened): (() => Promise<unknown>)[] {
  if (!Array.isArray(source.repositories)) return [];
  return source.repositories.flatMap(({ id, gpgkey, sslcacert }, i) => {
    const at = (...keys: PropertyKey[]) =>
      placeOf(here.source, ['source', 'redhat', 'repositories', i, ...keys]);
    const local = [gpgkey ?? []].flat().flatMap((key, j) => {
      if (/^(https?|ftp):/.test(key)) return [];
      const where = Array.isArray(gpgkey) ? at('gpgkey', j) : at('gpgkey');
      const { absolute } = beside(here, key.replace(/^file:\/\//, ''), where);
      return [async () => await readKey(absolute, id, key, where)];
    });
    if (sslcacert !== undefined)
      local.push(async () => {
        await lookAt(beside(here, sslcacert, at('sslcacert')), 'a file');
        return Buffer.alloc(0);
      });
    return local;
  });
}
