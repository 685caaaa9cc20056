/** Exports for nfs-ganesha: a file that `slipway serve` has it read again when it changes. */
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Installation } from '../../system/config.ts';
import { writeDurably } from '../../system/durable.ts';
import type { Paths } from '../../system/paths.ts';
import { servedAddresses, type Interfaces } from '../../system/served.ts';
import type { Export } from './export.ts';
import { ganeshaConf, parseGanesha } from './ganesha-conf.ts';
import type { Applied } from './kernel.ts';
import { waitUntilRead } from './taken.ts';

/** Readable by root alone, as all in there. */
export const ganeshaDirectory = (paths: Paths): string => join(paths.run, 'ganesha');
export const ganeshaFile = (paths: Paths): string => join(ganeshaDirectory(paths), 'ganesha.conf');
/** Over a restart of the host, too: its nodes come back with their locks. */
export const ganeshaRecovery = (paths: Paths): string => join(paths.state, 'ganesha');

/** What its file says; nothing if there is none. */
export async function inGanesha(paths: Paths): Promise<Export[]> {
  return parseGanesha(await readFile(ganeshaFile(paths), 'utf8').catch(() => ''));
}

/** Replaces the file if it is another one then, and waits until it was read, if a server runs. */
export async function applyToGanesha(
  installation: Installation,
  exports: readonly Export[],
): Promise<Applied> {
  const { text, applied } = await writeGanesha(installation, exports);
  await waitUntilRead(installation.paths, text);
  return applied;
}

/** Replaces the file if it is another one then. */
export async function writeGanesha(
  installation: Installation,
  exports: readonly Export[],
): Promise<{ text: string; applied: Applied }> {
  const file = ganeshaFile(installation.paths);
  const before = await readFile(file, 'utf8').catch(() => '');
  const text = ganeshaText(installation, exports);
  if (text !== before) await writeDurably(file, text, 0o600);
  const byPath = (some: readonly Export[]) => new Map(some.map((one) => [one.path, JSON.stringify(one)]));
  const [old, now] = [byPath(parseGanesha(before)), byPath(parseGanesha(text))];
  const added = [...now.keys()].filter((path) => old.get(path) !== now.get(path));
  return { text, applied: { added, removed: [...old.keys()].filter((path) => !now.has(path)) } };
}

export function ganeshaText(
  { config, paths }: Installation,
  exports: readonly Export[],
  interfaces?: Interfaces,
  kernel = release(),
): string {
  return ganeshaConf({
    address: listenAddress(config, interfaces),
    v3: config.nfs.version === '3',
    recovery: ganeshaRecovery(paths),
    byDevice: !tellsOverlaysApart(kernel),
    exports,
  });
}

/** The address that is served; where others are named for NFS, that one of them that is ours, or all if there are several. */
export function listenAddress(config: Installation['config'], interfaces?: Interfaces): string | undefined {
  const { addresses } = config.nfs;
  if (addresses.length === 0) return servedAddresses(config, interfaces)[0]?.info.address;
  const any = { serve: { ...config.serve, interface: undefined } };
  const own = addresses.filter((address) =>
    servedAddresses({ serve: { ...any.serve, address } }, interfaces).some(
      ({ info }) => info.address === address,
    ),
  );
  return own.length === 1 ? own[0] : undefined;
}

/** Since 6.6 each overlay has an id of its own, which it keeps; before that it has that of the file system below. */
export function tellsOverlaysApart(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 6);
}
