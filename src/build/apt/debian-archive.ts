/** The archive of a `debian` source, asked by the host's apt with a configuration of its own. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { closest } from '../../system/closest.ts';
import { writeDurably } from '../../system/durable.ts';
import { lock } from '../../system/lock.ts';
import { cleanEnvironment } from '../../system/environment.ts';
import { run } from '../../system/process.ts';
import type { DebianSource } from '../../recipe/schema.ts';
import type { WorkContext } from '../context.ts';
import { toolOptions } from '../context.ts';
import { fail } from '../errors.ts';
import { hashFile, keyOf } from '../key.ts';
import {
  aptManager,
  archiveDirectories,
  explainUpdate,
  readState,
  releaseHashes,
  type AptArchive,
} from './archive.ts';
import { defaultSources } from './default-sources.ts';
import { isFresh, remember } from './freshness.ts';

/** Where distributions put the keys of their archives. */
const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
];

export interface DebianArchive extends AptArchive {
  architecture: 'amd64' | 'arm64';
  /** One-line entries for sources.list. */
  sources: string[];
  keyrings: string[];
  proxy?: string;
}

/** `base`: what the keyring's path is relative to. @throws SlipwayError `build/mirror-unreachable`, `build/bad-signature`, … */
export async function openDebianArchive(
  source: DebianSource,
  base: string,
  context: WorkContext,
  task: string,
): Promise<DebianArchive> {
  const { config, paths } = context.installation;
  const architecture = source.architecture ?? (process.arch === 'arm64' ? 'arm64' : 'amd64');
  const keyrings = source.keyring ? [resolve(base, source.keyring)] : KEYRINGS.filter((k) => existsSync(k));
  if (keyrings.length === 0) throw fail('no-keyring', { suite: source.suite });
  const sources = await sourcesOf(source, config.debian.mirror, context, task);
  const proxy = source.proxy ?? config.debian.proxy;
  const id = keyOf('apt', architecture, sources, await Promise.all(keyrings.map(hashFile))).slice(0, 16);
  const { root, lists, packages } = await archiveDirectories(paths.cache, id);

  const trusted = join(root, 'trusted');
  await mkdir(trusted, { recursive: true });
  for (const [i, keyring] of keyrings.entries())
    await copyFile(keyring, join(trusted, `${i}-${basename(keyring).replace(/\.(pgp|key)$/, '.gpg')}`));
  await mkdir(join(root, 'state'), { recursive: true });
  await writeDurably(join(root, 'sources.list'), sources.map((s) => `${s}\n`).join(''));
  const configFile = join(root, 'apt.conf');
  await writeDurably(configFile, aptConfig({ root, lists, packages, trusted, architecture, proxy }));
  const options = { ...toolOptions(context, task), env: { APT_CONFIG: configFile } };

  // fetch() knows no proxy: with one, only apt can tell.
  const direct = !proxy && !Object.keys(cleanEnvironment()).some((name) => /^https?_proxy$/i.test(name));
  const fresh = direct && !context.options.offline && (await isFresh(root, sources, context.options.signal));
  if (!context.options.offline && !fresh) {
    // Two builds may share an archive: apt's own lock would fail the second at once.
    using _ = await lock(paths.locks, `apt-${id}`, 'update of package lists', {
      wait: 600_000,
      signal: context.options.signal,
    });
    await run(['apt-get', 'update', '--error-on=any', '-q'], options).catch((error: unknown) => {
      throw explainUpdate(error, keyrings.join(', '));
    });
    if (direct) await remember(root, sources, await releaseHashes(lists), context.options.signal);
  }
  const manager = aptManager({
    lists, packages,
    ...(await readState(lists)),
    async missing(names) {
      const plain = [...new Set(names.map((n) => n.replace(/=.*/, '')))];
      if (plain.length === 0) return [];
      const known = await run(['apt-cache', 'policy', ...plain], { ...options, sink: undefined });
      const unknown = plain.filter((n) => !known.stdout.includes(`${n}:\n`) && !known.stdout.startsWith(`${n}:`));
      if (unknown.length === 0) return [];
      const all = (await run(['apt-cache', 'pkgnames'], { ...options, sink: undefined, log: undefined })).stdout.split('\n');
      return unknown.map((name) => ({ name, near: closest(name, all) }));
    },
  }); // prettier-ignore
  return { ...manager, architecture, sources, keyrings, proxy };
}

async function sourcesOf(
  source: DebianSource,
  configured: string | undefined,
  context: WorkContext,
  task: string,
): Promise<string[]> {
  const mirrors = source.mirror ?? configured;
  if (mirrors === undefined) return await defaultSources(source, context, task);
  const components = source.components.join(' ');
  return [mirrors]
    .flat()
    .map((m) => `deb ${m.replace('{snapshot}', source.snapshot ?? '')} ${source.suite} ${components}`);
}

/** apt.conf(5) of a private apt. Paths are ours, the proxy is a checked URL: neither holds quotes. */
function aptConfig(o: {
  root: string;
  lists: string;
  packages: string;
  trusted: string;
  architecture: string;
  proxy?: string;
}): string {
  return [
    `Dir "${o.root}";`,
    `Dir::State "${o.root}/state";`,
    `Dir::State::lists "${o.lists}";`,
    `Dir::State::status "/dev/null";`,
    `Dir::Cache "${o.root}";`,
    `Dir::Cache::archives "${o.packages}";`,
    `Dir::Etc::sourcelist "${o.root}/sources.list";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::parts "/dev/null";',
    'Dir::Etc::main "/dev/null";',
    'Dir::Etc::trusted "/dev/null";',
    `Dir::Etc::trustedparts "${o.trusted}";`,
    `APT::Architecture "${o.architecture}";`,
    `APT::Architectures { "${o.architecture}"; };`,
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    ...(o.proxy ? [`Acquire::http::Proxy "${o.proxy}";`] : []),
    '',
  ].join('\n');
}
