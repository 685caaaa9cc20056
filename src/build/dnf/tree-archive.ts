/** The repositories that a tree itself is configured for. */
import { lstat, readdir } from 'node:fs/promises';
import { readInRoot } from '../../system/in-root.ts';
import { checkKey } from '../../system/rpm-key.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { Tree, WorkContext } from '../context.ts';
import { osRelease } from '../inventory.ts';
import { openArchive, type DnfArchive } from './archive.ts';
import { BASEARCH, type DnfSetup } from './config.ts';
import { fail } from './errors.ts';
import { databaseOf } from './identity.ts';
import { isTrue, words } from './ini.ts';
import { loadKey } from './keys.ts';
import { DATABASES, releaseOf } from './releases.ts';
import {
  readMain,
  readModules,
  readRepositories,
  readVariables,
  REPOSITORY_DIRECTORIES,
  type Files,
} from './repo-files.ts';
import { expand, expanded, withOpenUrls, type Key, type RpmRepository } from './repository.ts';
import { LANGUAGE_MACROS } from './write-tree.ts';

/** @throws SlipwayError `dnf/…`, `repository/…` */
export async function openTreeArchive(tree: Tree, context: WorkContext, task: string): Promise<DnfArchive> {
  const { paths } = context.installation;
  let setup: DnfSetup;
  {
    await using work = await workDirectory(paths, 'dnf');
    await using sandbox = await Sandbox.open(paths, work.path, tree.lowers, false);
    setup = await setupOf(sandbox, context);
  }
  return await openArchive(setup, context, task);
}

async function setupOf(sandbox: Sandbox, context: WorkContext): Promise<DnfSetup> {
  const files = treeFiles(sandbox);
  const main = await readMain(files);
  const own = await readVariables(files);
  const system = await osRelease(sandbox.root);
  const version = own['releasever'] || releaseVersion(system);
  const release = releaseOf(distributionOf(system), version, main.get('module_platform_id') ?? system['PLATFORM_ID']); // prettier-ignore
  const architecture = await architectureOf(sandbox);
  const basearch = BASEARCH[architecture];
  const variables = { ...release.variables, ...own, releasever: version, basearch, arch: basearch };
  const { proxy } = context.installation.config.redhat;
  const repositories: RpmRepository[] = [];
  for (const { gpgkey, keyPlace: _, ...named } of await readRepositories(files, main)) {
    for (const name of gpgkey.map((key) => expand(key, variables)))
      named.keys.push(...(await treeKey(sandbox, name, named, context, proxy)));
    // Files of the host with such names are not meant.
    repositories.push({ ...expanded(withOpenUrls(named), variables), files: {} });
  }
  if (repositories.length === 0) throw fail('no-repositories', { looked: `the image’s ${REPOSITORY_DIRECTORIES.join(', ')}` }); // prettier-ignore
  const languages = /^%_install_langs\s+(\S+)/m.exec((await files.read(LANGUAGE_MACROS)) ?? '')?.[1];
  return {
    release: { ...release, database: (await databaseOf(sandbox)) ?? DATABASES[1] ?? '' },
    architecture,
    repositories,
    modules: await readModules(files),
    exclude: words(main.get('excludepkgs') ?? main.get('exclude')),
    best: isTrue(main.get('best'), true),
    weak: isTrue(main.get('install_weak_deps'), false),
    docs: !words(main.get('tsflags')).includes('nodocs'),
    languages: languages?.split(':') ?? ['all'],
    proxy,
  };
}

function treeFiles(sandbox: Sandbox): Files {
  return {
    list: async (directory) =>
      (await readdir(await sandbox.path(directory)).catch(() => [] as string[])).toSorted(),
    read: async (path) => (await readInRoot(sandbox.root, path, 1 << 20))?.toString(),
  };
}

/** A key that is a file is one of the tree. One that is not there is left out: the rpm database may have it. */
async function treeKey(
  sandbox: Sandbox,
  name: string,
  { id, where }: RpmRepository,
  context: WorkContext,
  proxy?: string,
): Promise<Key[]> {
  if (/^(https?|ftp):/.test(name)) return [await loadKey(name, '/', { id, where, proxy }, context)];
  const content = await readInRoot(sandbox.root, name.replace(/^file:\/\//, ''), 1 << 20);
  return content ? [{ name, content: checkKey(content, id, name, where) }] : [];
}

/** RHEL and what is built from it name the minor release too; their repositories do not. */
function releaseVersion(system: Record<string, string>): string {
  const version = system['VERSION_ID'] ?? '';
  return /\b(rhel|centos)\b/.test(`${system['ID']} ${system['ID_LIKE']}`) ? (version.split('.')[0] ?? '') : version; // prettier-ignore
}

function distributionOf(system: Record<string, string>): Parameters<typeof releaseOf>[0] {
  switch (system['ID']) {
    case 'fedora':
      return 'fedora';
    case 'amzn':
      return 'amazon';
    case 'rocky':
      return 'rocky';
    case 'ol':
      return 'oracle';
    case 'centos':
      return 'centos-stream';
    default:
      return undefined;
  }
}

/** By the dynamic linker, which is named after the architecture. */
async function architectureOf(sandbox: Sandbox): Promise<'amd64' | 'arm64'> {
  for (const [path, architecture] of [
    ['/usr/lib/ld-linux-aarch64.so.1', 'arm64'],
    ['/usr/lib64/ld-linux-x86-64.so.2', 'amd64'],
  ] as const)
    if (await lstat(await sandbox.path(path, false)).catch(() => undefined)) return architecture;
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}
