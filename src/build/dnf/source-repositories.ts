/** The repositories of a `redhat` source: of the recipe, of the configuration, or of this host. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Place } from '../../system/errors.ts';
import { noKey } from '../../system/rpm-key.ts';
import type { Repository } from '../../system/rpm-repository.ts';
import { parseYaml, placeOf } from '../../system/yaml.ts';
import type { RedhatSource } from '../../recipe/schema.ts';
import type { WorkContext } from '../context.ts';
import { fail } from './errors.ts';
import { loadKey } from './keys.ts';
import {
  readMain,
  readRepositories,
  readVariables,
  REPOSITORY_DIRECTORIES,
  type Files,
} from './repo-files.ts';
import { expand, withOpenUrls, type RpmRepository } from './repository.ts';

export interface SourceRepositories {
  repositories: RpmRepository[];
  /** Variables that came with them. */
  variables: Record<string, string>;
}

/**
 * With all keys read: what is wrong with one is said here, before anything is fetched.
 * @throws SlipwayError `dnf/no-repositories`, `repository/…` at the place of the key
 */
export async function sourceRepositories(
  source: RedhatSource,
  base: string,
  place: Place,
  context: WorkContext,
  known: Readonly<Record<string, string>>,
): Promise<SourceRepositories> {
  const { config, paths } = context.installation;
  const proxy = source.proxy ?? config.redhat.proxy;
  if (Array.isArray(source.repositories))
    return { repositories: await fromForms(source.repositories, base, () => place, context, known, proxy), variables: {} }; // prettier-ignore
  const configured = config.redhat.repositories;
  if (configured && source.repositories !== 'host') {
    const file = join(paths.etc, 'config.yml');
    const document = parseYaml(await readFile(file, 'utf8'), file);
    const at = (i: number) => placeOf(document, ['redhat', 'repositories', i, 'gpgkey']);
    return { repositories: await fromForms(configured, paths.etc, at, context, known, proxy), variables: {} };
  }
  const found = await hostRepositories(HOST, context, known, proxy);
  if (found.repositories.length === 0)
    throw fail('no-repositories', { looked: REPOSITORY_DIRECTORIES.join(', ') }, { where: place });
  return found;
}

async function fromForms(
  forms: readonly Repository[],
  base: string,
  placeOfKey: (index: number) => Place,
  context: WorkContext,
  known: Readonly<Record<string, string>>,
  proxy: string | undefined,
): Promise<RpmRepository[]> {
  const repositories: RpmRepository[] = [];
  for (const [i, form] of forms.entries()) {
    const owner = { id: form.id, where: placeOfKey(i), proxy };
    const keys = [];
    for (const key of [form.gpgkey ?? []].flat()) keys.push(await loadKey(expand(key, known), base, owner, context)); // prettier-ignore
    repositories.push(
      withOpenUrls({
        id: form.id,
        name: form.name ?? form.id,
        baseurl: [form.baseurl ?? []].flat(),
        mirrorlist: form.mirrorlist,
        metalink: form.metalink,
        gpgcheck: form.gpgcheck,
        repoGpgcheck: form.repo_gpgcheck,
        keys,
        options: {
          ...(form.exclude.length > 0 && { excludepkgs: form.exclude.join(' ') }),
          ...(form.priority !== undefined && { priority: String(form.priority) }),
          ...(form.module_hotfixes !== undefined && { module_hotfixes: form.module_hotfixes ? '1' : '0' }),
          ...(!form.sslverify && { sslverify: '0' }),
        },
        files: form.sslcacert === undefined ? {} : { sslcacert: resolve(base, form.sslcacert) },
        where: owner.where,
      }),
    );
  }
  return repositories;
}

const HOST: Files = {
  list: async (directory) => (await readdir(directory).catch(() => [] as string[])).toSorted(),
  read: async (path) => await readFile(path, 'utf8').catch(() => undefined),
};

/** Those of a running system, enabled ones only, with its variables. */
async function hostRepositories(
  files: Files,
  context: WorkContext,
  known: Readonly<Record<string, string>>,
  proxy?: string,
): Promise<SourceRepositories> {
  const main = await readMain(files);
  const variables = await readVariables(files);
  const repositories: RpmRepository[] = [];
  for (const { gpgkey, keyPlace, ...repository } of await readRepositories(files, main)) {
    const { id, gpgcheck, repoGpgcheck } = repository;
    if (gpgkey.length === 0 && (gpgcheck || repoGpgcheck)) throw noKey(id, keyPlace);
    for (const key of gpgkey) {
      const name = expand(key, { ...known, ...variables });
      repository.keys.push(await loadKey(name, '/', { id, where: keyPlace, proxy }, context));
    }
    repositories.push(withOpenUrls(repository));
  }
  return { repositories, variables };
}
