/** Bounds the cache of build layers: the least recently used go first. */
import { readdir, rm, stat } from 'node:fs/promises';
import { run } from '../system/process.ts';
import { isLocked } from '../system/lock.ts';
import { mountedLayers } from '../mounts/record.ts';
import type { Paths } from '../system/paths.ts';
import { LayerStore } from './layer-store.ts';

export interface LayerGcOptions {
  /** Keep at most this many bytes; default 20 GiB. */
  limit?: number;
  /** Only say what would go. */
  dryRun?: boolean;
  signal?: AbortSignal;
}

export interface LayerGcResult {
  removed: { title: string; bytes: number }[];
  bytes: number;
  /** Images whose builds run now: nothing is removed while there are any. */
  busy: string[];
}

const DEFAULT_LIMIT = 20 * 2 ** 30;

/** Removes layers that no build needs. A build reads layers without a lock of its own, so with one running nothing goes. */
export async function collectLayers(paths: Paths, options: LayerGcOptions = {}): Promise<LayerGcResult> {
  const busy = await buildsRunning(paths);
  const result: LayerGcResult = { removed: [], bytes: 0, busy };
  if (busy.length > 0) return result;
  const store = new LayerStore(paths);
  const drop = async (title: string, bytes: number, remove: () => Promise<void>) => {
    if (!options.dryRun) await remove();
    result.removed.push({ title, bytes });
    result.bytes += bytes;
  };
  for (const path of await store.orphans())
    await drop(
      'left over',
      await diskUsage(path, options.signal),
      async () => await rm(path, { recursive: true, force: true }),
    );
  const layers = (await store.list()).toSorted((a, b) => b.used - a.used);
  const mounted = await mountedLayers(paths);
  let kept = 0;
  for (const { layer } of layers) {
    if (mounted.has(store.directory(layer))) continue;
    const bytes = await diskUsage(store.directory(layer), options.signal);
    if (kept + bytes <= (options.limit ?? DEFAULT_LIMIT)) kept += bytes;
    else await drop(layer.title, bytes, async () => await store.remove(layer));
  }
  return result;
}

/** Images that are being built, mounted or unmounted right now. */
export async function buildsRunning(paths: Paths): Promise<string[]> {
  const names = (await readdir(paths.locks).catch(() => [] as string[])).flatMap(
    (n) => /^((?:image|mount)-.+)\.lock$/.exec(n)?.[1] ?? [],
  );
  return [...new Set(names.filter((n) => isLocked(paths.locks, n)).map((n) => n.slice('image-'.length)))];
}

/** Bytes on disk; 0 if the path is gone. */
async function diskUsage(path: string, signal?: AbortSignal): Promise<number> {
  if (!(await stat(path).catch(() => undefined))) return 0;
  const { stdout } = await run(['du', '--summarize', '--block-size=1', '--one-file-system', path], {
    signal,
  });
  return Number(stdout.split('\t')[0]);
}
