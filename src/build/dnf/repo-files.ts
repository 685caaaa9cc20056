/** Repositories as a system has them: .repo files, variables, dnf.conf. Of this host or of a tree. */
import type { Place } from '../../system/errors.ts';
import { isTrue, parseIni, words, type Section } from './ini.ts';
import { OPTIONS, type RpmRepository } from './repository.ts';

/** How files are read: of the host, or of a tree without leaving it. */
export interface Files {
  list(directory: string): Promise<string[]>;
  read(path: string): Promise<string | undefined>;
}

/** A repository whose keys were not read yet. */
export interface NamedRepository extends RpmRepository {
  /** As in its file, with variables. */
  gpgkey: string[];
  /** Where its `gpgkey` stands, or the repository itself. */
  keyPlace: Place;
}

export const REPOSITORY_DIRECTORIES = ['/etc/yum.repos.d', '/etc/distro.repos.d'];
const VARIABLE_DIRECTORIES = ['/etc/yum/vars', '/etc/dnf/vars'];
export const MODULE_DIRECTORY = '/etc/dnf/modules.d';
export const DNF_CONF = '/etc/dnf/dnf.conf';

/** Settings of `[main]`. */
export async function readMain(files: Files): Promise<Map<string, string>> {
  const main = parseIni((await files.read(DNF_CONF)) ?? '').find((s) => s.name === 'main');
  return new Map([...(main?.values ?? [])].map(([key, { value }]) => [key, value]));
}

/** Variables of URLs: a file each. */
export async function readVariables(files: Files): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const directory of VARIABLE_DIRECTORIES)
    for (const name of await files.list(directory)) {
      const value = await files.read(`${directory}/${name}`);
      if (value !== undefined && /^\w+$/.test(name)) found[name.toLowerCase()] = value.split('\n')[0]?.trim() ?? ''; // prettier-ignore
    }
  return found;
}

/** Module streams that are enabled in a tree. */
export async function readModules(files: Files): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await files.list(MODULE_DIRECTORY))
    for (const { name: module, values } of parseIni(
      (await files.read(`${MODULE_DIRECTORY}/${name}`)) ?? '',
    )) {
      const stream = values.get('stream')?.value;
      if (stream && values.get('state')?.value === 'enabled' && /^[\w.+-]+$/.test(module)) found[module] = stream; // prettier-ignore
    }
  return found;
}

/** Enabled repositories, in the order of their files. */
export async function readRepositories(
  files: Files,
  main: ReadonlyMap<string, string>,
): Promise<NamedRepository[]> {
  const found = new Map<string, NamedRepository>();
  for (const directory of REPOSITORY_DIRECTORIES)
    for (const name of await files.list(directory)) {
      if (!name.endsWith('.repo')) continue;
      const file = `${directory}/${name}`;
      for (const section of parseIni((await files.read(file)) ?? '')) {
        const repository = fromSection(section, file, main);
        if (repository) found.set(repository.id, repository);
      }
    }
  return [...found.values()];
}

function fromSection(
  section: Section,
  file: string,
  main: ReadonlyMap<string, string>,
): NamedRepository | undefined {
  const get = (key: string) => section.values.get(key)?.value || undefined;
  if (section.name === 'main' || !isTrue(get('enabled'), true)) return undefined;
  const options = Object.fromEntries(
    OPTIONS.flatMap((key) => {
      const value = get(key) ?? (key === 'excludepkgs' ? get('exclude') : undefined);
      return value === undefined ? [] : [[key, words(value).join(' ')] as const];
    }),
  );
  const files = Object.fromEntries(
    ['sslcacert', 'sslclientcert', 'sslclientkey'].flatMap((key) => {
      const value = get(key);
      return value ? [[key, value] as const] : [];
    }),
  );
  const keyLine = section.values.get('gpgkey')?.line;
  return {
    id: section.name,
    name: get('name') ?? section.name,
    baseurl: words(get('baseurl')),
    mirrorlist: get('mirrorlist'),
    metalink: get('metalink'),
    gpgcheck: isTrue(get('gpgcheck'), isTrue(main.get('gpgcheck'), true)),
    repoGpgcheck: isTrue(get('repo_gpgcheck'), isTrue(main.get('repo_gpgcheck'), false)),
    keys: [],
    gpgkey: words(get('gpgkey')),
    options,
    files,
    where: { file, line: section.line, column: 1 },
    keyPlace: { file, line: keyLine ?? section.line, column: 1 },
  };
}
