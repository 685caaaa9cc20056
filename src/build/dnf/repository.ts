/** A repository, wherever it is named: in a recipe, in config.yml, on this host, or in a tree. */
import type { Place } from '../../system/errors.ts';
import { iniSection } from './ini.ts';

/** A key that was read and looked at. */
export interface Key {
  /** As it was named. */
  name: string;
  content: Buffer;
}

/** URLs may have variables such as `$releasever`. */
export interface RpmRepository {
  id: string;
  name: string;
  baseurl: string[];
  mirrorlist?: string;
  metalink?: string;
  gpgcheck: boolean;
  repoGpgcheck: boolean;
  keys: Key[];
  /** Further options of dnf.conf(5), by their names there. */
  options: Record<string, string>;
  /** Files on this host, by the option that names them: `sslcacert`, `sslclientcert`, `sslclientkey`. */
  files: Record<string, string>;
  where?: Place;
}

/** Options that are taken over from .repo files as they are. */
export const OPTIONS = [
  'excludepkgs', 'includepkgs', 'priority', 'cost', 'module_hotfixes', 'sslverify', 'proxy', 'username', 'password',
  'proxy_username', 'proxy_password', 'ip_resolve',
]; // prettier-ignore

/** Of these, and of client certificates, nothing goes into an image. */
const SECRET_OPTIONS = ['username', 'password', 'proxy', 'proxy_username', 'proxy_password'];

const LOGIN = /^\w+:\/\/([^/@:]*):?([^/@]*)@/;

/**
 * Name and password that stand in URLs become options, by which {@link withoutSecrets} knows them. libdnf
 * names its directories by URL, so it must be the same with and without them.
 */
export function withOpenUrls<R extends RpmRepository>(repository: R): R {
  const { baseurl, mirrorlist, metalink, options } = repository;
  const urls = [...baseurl, mirrorlist ?? '', metalink ?? ''];
  const login = LOGIN.exec(urls.find((url) => LOGIN.test(url)) ?? '');
  if (!login) return repository;
  const open = (url: string) => url.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
  const [, username = '', password = ''] = login.map(decodeURIComponent);
  return {
    ...repository,
    baseurl: baseurl.map(open),
    ...(mirrorlist && { mirrorlist: open(mirrorlist) }),
    ...(metalink && { metalink: open(metalink) }),
    options: { ...options, username, ...(password && { password }) },
  };
}

/** `$name` and `${name}` filled in; what is not known stays. dnf.conf(5), "Variables" */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced?: string, bare?: string) => variables[(braced ?? bare ?? '').toLowerCase()] ?? whole,
  );
}

/** The same repository with all variables filled in. */
export function expanded(
  repository: RpmRepository,
  variables: Readonly<Record<string, string>>,
): RpmRepository {
  const fill = (text: string) => expand(text, variables);
  return {
    ...repository,
    baseurl: repository.baseurl.map(fill),
    ...(repository.mirrorlist && { mirrorlist: fill(repository.mirrorlist) }),
    ...(repository.metalink && { metalink: fill(repository.metalink) }),
  };
}

/** Its section of a .repo file. `keys`, `files`: where the reader finds them. */
export function repoSection(
  repository: RpmRepository,
  keys: readonly string[],
  files: Readonly<Record<string, string>>,
  more: Record<string, string> = {},
): string {
  const { id, name, baseurl, mirrorlist, metalink, gpgcheck, repoGpgcheck, options } = repository;
  return iniSection(id, {
    name,
    baseurl: baseurl.length > 0 ? baseurl.join(' ') : undefined,
    mirrorlist,
    metalink,
    enabled: '1',
    gpgcheck: gpgcheck ? '1' : '0',
    repo_gpgcheck: repoGpgcheck ? '1' : '0',
    gpgkey: keys.length > 0 ? keys.map((path) => `file://${path}`).join(' ') : undefined,
    ...options,
    ...files,
    ...more,
  });
}

/** What scripts of packages and images may see of it. */
export function withoutSecrets(repository: RpmRepository): RpmRepository {
  const options = Object.entries(repository.options).filter(([name]) => !SECRET_OPTIONS.includes(name));
  const { sslcacert } = repository.files;
  return { ...repository, options: Object.fromEntries(options), files: sslcacert ? { sslcacert } : {} };
}

/** Whether it has what {@link withoutSecrets} takes away. */
export function hasSecrets(repository: RpmRepository): boolean {
  return (
    Object.keys(repository.options).some((name) => SECRET_OPTIONS.includes(name)) ||
    Object.keys(repository.files).some((name) => name !== 'sslcacert')
  );
}
