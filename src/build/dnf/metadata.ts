/** The metadata of repositories as dnf keeps it, and whether it is still what their servers have. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyOf } from '../key.ts';
import { asSeen } from './config.ts';
import { fail } from './errors.ts';
import type { RpmRepository } from './repository.ts';

/** repomd.xml of one repository: an index with the checksums of all other metadata. */
export interface Index {
  sha256: string;
  /** Newest date in it, seconds. */
  date: number;
}

/** The index that dnf fetched last; undefined if there is none. libdnf names the directory `ID-HASH`. */
async function cachedIndex(cache: string, repository: RpmRepository): Promise<Index | undefined> {
  const form = new RegExp(`^${RegExp.escape(repository.id)}-[0-9a-f]{16}$`);
  const named = `${repository.id}-${urlHash(repository)}`;
  const found = (await readdir(cache).catch(() => [] as string[])).filter((name) => form.test(name));
  const directory = found.find((name) => name === named) ?? (found.length === 1 ? found[0] : undefined);
  if (!directory) return undefined;
  const text = await readFile(join(cache, directory, 'repodata/repomd.xml'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const dates = [...text.matchAll(/<timestamp>(\d+)(?:\.\d+)?<\/timestamp>/g)].map(([, seconds]) => Number(seconds)); // prettier-ignore
  return { sha256: sha256(text), date: Math.max(0, ...dates) };
}

/** State and date of all repositories. @throws `dnf/not-fetched` */
export async function readState(
  cache: string,
  repositories: readonly RpmRepository[],
): Promise<{ state: string; date: number }> {
  const indexes: [string, string][] = [];
  let date = 0;
  for (const repository of repositories) {
    const index = await cachedIndex(cache, repository);
    if (!index) throw fail('not-fetched', {});
    indexes.push([repository.id, index.sha256]);
    date = Math.max(date, index.date);
  }
  return { state: keyOf('dnf-state', indexes), date };
}

/** Whether every repository still has the index that dnf fetched. False also where only dnf can tell. */
export async function isFresh(
  cache: string,
  repositories: readonly RpmRepository[],
  signal?: AbortSignal,
): Promise<boolean> {
  const same = await Promise.all(
    repositories.map(async (repository) => {
      const index = await cachedIndex(cache, repository);
      return index !== undefined && (await serves(repository, index.sha256, signal));
    }),
  );
  return same.every(Boolean);
}

async function serves(repository: RpmRepository, hash: string, signal?: AbortSignal): Promise<boolean> {
  const { baseurl, mirrorlist, metalink, files } = repository;
  if (Object.keys(files).length > 0) return false;
  // A metalink names the checksums of the index that mirrors should have. https://www.rfc-editor.org/rfc/rfc5854
  if (metalink) return (await get(metalink, signal))?.includes(hash) ?? false;
  const url = baseurl[0] ?? (mirrorlist && firstUrl(await get(mirrorlist, signal)));
  if (!url) return false;
  const text = await get(`${url.replace(/\/+$/, '')}/repodata/repomd.xml`, signal);
  return text !== undefined && sha256(text) === hash;
}

function firstUrl(list: string | undefined): string | undefined {
  return /^https?:\S+$/m.exec(list ?? '')?.[0];
}

const LIMIT = 4 << 20;

/** Text of a small file; undefined whatever goes wrong: then dnf is asked, and explains it. */
async function get(url: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    if (url.startsWith('file:')) {
      const path = fileURLToPath(url);
      return (await stat(path)).size > LIMIT ? undefined : await readFile(path, 'utf8');
    }
    const limit = AbortSignal.timeout(5000);
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > LIMIT) {
      await response.body?.cancel();
      return undefined;
    }
    return await response.text();
  } catch {
    return undefined;
  }
}

/** As libdnf's Repo::Impl::getHash does it: over metalink, mirrorlist or the first URL. */
function urlHash(repository: RpmRepository): string {
  const { metalink, mirrorlist, baseurl, name } = asSeen(repository);
  return sha256(metalink ?? mirrorlist ?? baseurl[0] ?? name).slice(0, 16);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
