/** A dnf of our own: every setting is written here, none is taken from the host or from a tree. dnf.conf(5), rpm-config(5) */
import { createHash } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDurably } from '../../system/durable.ts';
import { iniSection } from './ini.ts';
import type { Release } from './releases.ts';
import { repoSection, withoutSecrets, type RpmRepository } from './repository.ts';

export interface DnfSetup {
  release: Release;
  architecture: 'amd64' | 'arm64';
  /** With all variables filled in. */
  repositories: RpmRepository[];
  exclude: string[];
  /** Enabled module streams, by module. */
  modules: Record<string, string>;
  /** Fail where the newest version cannot be installed. */
  best: boolean;
  weak: boolean;
  docs: boolean;
  /** `all`: every one. */
  languages: string[];
  proxy?: string;
}

/** Paths as dnf sees them. The cache is below the tree since dnf puts its installroot before it. */
export const SEEN = {
  config: '/slipway/config',
  local: '/slipway/local',
  cache: '/run/slipway/cache',
} as const;

export const BASEARCH = { amd64: 'x86_64', arm64: 'aarch64' } as const;

/**
 * Writes all that dnf and rpm read into `directory`, which they see as `SEEN.config`. With `secrets` it may hold
 * credentials: it is not shown while scripts of packages run.
 */
export async function writeConfig(directory: string, setup: DnfSetup, secrets: boolean): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of ['keys', 'vars', 'home', 'repos', 'files'])
    await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
  const write = async (name: string, content: string | Buffer) =>
    await writeDurably(join(directory, name), content, 0o600);
  const sections: string[] = [];
  for (const repository of setup.repositories) {
    const { id } = repository;
    const keys: string[] = [];
    for (const [i, { content }] of repository.keys.entries()) {
      keys.push(`${SEEN.config}/keys/${id}-${i}.key`);
      await write(`keys/${id}-${i}.key`, content);
    }
    const files: Record<string, string> = {};
    for (const [option, path] of secrets ? Object.entries(repository.files) : []) {
      files[option] = `${SEEN.config}/files/${id}-${option}`;
      await copyFile(path, join(directory, 'files', `${id}-${option}`));
    }
    const seen = asSeen(repository);
    sections.push(repoSection(secrets ? seen : withoutSecrets(seen), keys, files));
  }
  await write('repos/slipway.repo', sections.join('\n'));
  await write('dnf.conf', dnfConf(setup));
  await write('home/.rpmmacros', rpmMacros(setup));
}

function dnfConf(setup: DnfSetup): string {
  return iniSection('main', {
    gpgcheck: '1',
    reposdir: `${SEEN.config}/repos`,
    varsdir: `${SEEN.config}/vars`,
    plugins: '0',
    pluginpath: '/slipway/none',
    pluginconfpath: '/slipway/none',
    cachedir: SEEN.cache,
    persistdir: '/run/slipway/persist',
    logdir: '/run/slipway/log',
    keepcache: '1',
    // Whether metadata is fresh is asked by us, once a build: freshness.ts
    metadata_expire: '-1',
    metadata_timer_sync: '0',
    skip_if_unavailable: '0',
    max_parallel_downloads: '10',
    timeout: '30',
    retries: '3',
    best: setup.best ? '1' : '0',
    install_weak_deps: setup.weak ? '1' : '0',
    tsflags: setup.docs ? undefined : 'nodocs',
    excludepkgs: setup.exclude.length > 0 ? setup.exclude.join(' ') : undefined,
    module_platform_id: setup.release.platform,
    clean_requirements_on_remove: '0',
    protected_packages: '',
    protect_running_kernel: '0',
    installonly_limit: '0',
    proxy: setup.proxy,
    color: 'never',
    debuglevel: '2',
  });
}

/** Where the database is; no plugin of the host's rpm takes part; what is not signed is not unpacked. */
function rpmMacros(setup: DnfSetup): string {
  const plugins = ['systemd_inhibit', 'selinux', 'ima', 'syslog', 'fapolicyd', 'audit', 'dbus_announce', 'fsverity', 'unshare', 'prioreset']; // prettier-ignore
  return [
    `%_dbpath ${setup.release.database}`,
    `%_install_langs ${setup.languages.join(':')}`,
    `%_pkgverify_level ${everySigned(setup) ? 'signature' : 'digest'}`,
    ...plugins.map((name) => `%__transaction_${name} %{nil}`),
    '',
  ].join('\n');
}

/** Then rpm itself refuses what has no valid signature, and dnf need not start a process for each package. */
export function everySigned(setup: DnfSetup): boolean {
  return setup.repositories.every((repository) => repository.gpgcheck);
}

/** Directories of this host that are repositories, and where dnf sees them. */
export function localRepositories(repositories: readonly RpmRepository[]): Record<string, string> {
  const urls = repositories.flatMap((r) => r.baseurl).filter((url) => url.startsWith('file:'));
  return Object.fromEntries(urls.map((url) => [fileURLToPath(url), seenAt(url)]));
}

/** With the URLs that dnf gets: directories of this host are shown to it at another place. */
export function asSeen(repository: RpmRepository): RpmRepository {
  const baseurl = repository.baseurl.map((url) => (url.startsWith('file:') ? `file://${seenAt(url)}` : url));
  return { ...repository, baseurl };
}

function seenAt(url: string): string {
  return `${SEEN.local}/${createHash('sha256').update(url).digest('hex').slice(0, 12)}`;
}
