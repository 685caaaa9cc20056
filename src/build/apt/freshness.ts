/**
 * Whether a package archive is still the one that apt fetched and verified: its
 * release files are asked for again and compared. apt needs a second for that,
 * three requests a tenth. Anything unexpected means "ask apt".
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../system/durable.ts';

/** What was seen of a release file: hash of the bytes, and what its server said. */
interface Seen {
  sha256: string;
  etag?: string;
  modified?: string;
  /** Milliseconds since 1970; a release file past its Valid-Until is apt's to judge. */
  validUntil?: number;
}
type Memory = Record<string, Seen>;

const LIMIT = 16 << 20;

/** URLs of the release files of one-line sources; undefined if one of them cannot be asked by HTTP. */
function releaseUrls(sources: readonly string[]): string[] | undefined {
  const urls: string[] = [];
  for (const line of sources) {
    const match = /^deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(https?:\/\/\S+?)\/?\s+(\S+)/.exec(line);
    if (!match?.[1] || !match[2] || match[2].endsWith('/')) return undefined;
    urls.push(`${match[1]}/dists/${match[2]}/InRelease`);
  }
  return urls;
}

/** True if every release file is byte for byte what `remember` saw. */
export async function isFresh(
  root: string,
  sources: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  const urls = releaseUrls(sources);
  const memory = await recall(root);
  if (!urls || !memory || urls.some((url) => !memory[url])) return false;
  const same = await Promise.all(urls.map(async (url) => await unchanged(url, memory[url] as Seen, signal)));
  return same.every(Boolean);
}

/** Call after apt fetched and verified; asks once more, so that the next build can compare. */
export async function remember(
  root: string,
  sources: readonly string[],
  verified: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<void> {
  const memory: Memory = {};
  await Promise.all(
    (releaseUrls(sources) ?? []).map(async (url) => {
      const answer = await ask(url, undefined, signal);
      // Only what apt has verified may be called known.
      if (answer?.seen && verified.has(answer.seen.sha256)) memory[url] = answer.seen;
    }),
  );
  await writeDurably(join(root, 'release-files.json'), JSON.stringify(memory));
}

async function recall(root: string): Promise<Memory | undefined> {
  try {
    return JSON.parse(await readFile(join(root, 'release-files.json'), 'utf8')) as Memory;
  } catch {
    return undefined;
  }
}

async function unchanged(url: string, seen: Seen, signal?: AbortSignal): Promise<boolean> {
  if (seen.validUntil !== undefined && seen.validUntil < Date.now()) return false;
  const answer = await ask(url, seen, signal);
  return answer !== undefined && (answer.notModified || answer.seen?.sha256 === seen.sha256);
}

async function ask(
  url: string,
  seen: Seen | undefined,
  signal?: AbortSignal,
): Promise<{ notModified: boolean; seen?: Seen } | undefined> {
  try {
    const headers: Record<string, string> = {};
    if (seen?.etag) headers['if-none-match'] = seen.etag;
    if (seen?.modified) headers['if-modified-since'] = seen.modified;
    const limit = AbortSignal.timeout(5000);
    const response = await fetch(url, {
      headers,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      redirect: 'follow',
    });
    if (response.status === 304) return { notModified: true };
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > LIMIT) return undefined;
    const bytes = Buffer.from(await response.arrayBuffer());
    const validUntil = Date.parse(/^Valid-Until: (.+)$/m.exec(bytes.toString('latin1'))?.[1] ?? '');
    return {
      notModified: false,
      seen: {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        etag: response.headers.get('etag') ?? undefined,
        modified: response.headers.get('last-modified') ?? undefined,
        ...(Number.isNaN(validUntil) ? {} : { validUntil }),
      },
    };
  } catch {
    return undefined;
  }
}
