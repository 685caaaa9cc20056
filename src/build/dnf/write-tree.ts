/**
 * What a tree knows of its repositories once it stands, in the files that dnf reads on a node, too:
 * later steps and images `from:` this one find all that they need there.
 */
import { lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';
import type { DnfSetup } from './config.ts';
import { iniSection, isTrue, parseIni } from './ini.ts';
import { REPOSITORY_DIRECTORIES } from './repo-files.ts';
import { repoSection, withoutSecrets, type RpmRepository } from './repository.ts';

const OURS = '/etc/yum.repos.d/slipway.repo';
/** Read by rpm for languages; distributions use this name in their own images. */
export const LANGUAGE_MACROS = '/etc/rpm/macros.image-language-conf';

/**
 * `repositories`: with their variables, as the recipe has them. Files of release packages stay, but their
 * repositories are disabled: a node must not get other packages than its image.
 */
export async function writeTreeConfig(
  sandbox: Sandbox,
  setup: DnfSetup,
  repositories: readonly RpmRepository[],
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const put = async (path: string, content: string | Buffer) => {
    const file = join(await sandbox.makeDirectory(dirname(path)), path.slice(path.lastIndexOf('/') + 1));
    await rm(file, { force: true });
    await writeFile(file, content, { mode: 0o644, flag: 'wx' });
  };
  const sections: string[] = [];
  for (const repository of repositories.map(withoutSecrets)) {
    const keys: string[] = [];
    for (const [i, { content }] of repository.keys.entries()) {
      keys.push(`/etc/pki/rpm-gpg/RPM-GPG-KEY-slipway-${repository.id}${i > 0 ? `-${i}` : ''}`);
      await put(keys.at(-1) ?? '', content);
    }
    const files: Record<string, string> = {};
    for (const [option, path] of Object.entries(repository.files)) {
      files[option] = `/etc/pki/rpm-gpg/slipway-${repository.id}-${option}.pem`;
      await put(files[option], await readFile(path));
    }
    sections.push(repoSection(repository, keys, files));
  }
  await disableOthers(sandbox, new Set(repositories.map((r) => r.id)));
  await put(OURS, `# The repositories of the recipe that this image was built from.\n${sections.join('\n')}`);
  await put('/etc/dnf/dnf.conf', dnfConf(setup));
  for (const [name, value] of Object.entries({ ...variables, releasever: setup.release.version }))
    if (name === 'releasever' || repositories.some((r) => uses(r, name))) await put(`/etc/dnf/vars/${name}`, `${value}\n`); // prettier-ignore
  await put(LANGUAGE_MACROS, `%_install_langs ${setup.languages.join(':')}\n`);
}

function uses({ baseurl, mirrorlist, metalink }: RpmRepository, name: string): boolean {
  return [...baseurl, mirrorlist ?? '', metalink ?? ''].some((url) => new RegExp(`\\$\\{?${name}\\b`, 'i').test(url)); // prettier-ignore
}

/** dnf's own defaults, and what the recipe chose. */
function dnfConf(setup: DnfSetup): string {
  return iniSection('main', {
    gpgcheck: '1',
    installonly_limit: '3',
    clean_requirements_on_remove: '1',
    best: setup.best ? '1' : '0',
    skip_if_unavailable: '0',
    install_weak_deps: setup.weak ? '1' : '0',
    tsflags: setup.docs ? undefined : 'nodocs',
    excludepkgs: setup.exclude.length > 0 ? setup.exclude.join(' ') : undefined,
    module_platform_id: setup.release.platform,
  });
}

/** Sections of one of our ids go: dnf would mix the two. All others are disabled. */
async function disableOthers(sandbox: Sandbox, ours: ReadonlySet<string>): Promise<void> {
  for (const directory of REPOSITORY_DIRECTORIES) {
    const real = await sandbox.path(directory);
    for (const name of await readdir(real).catch(() => [] as string[])) {
      const file = join(real, name);
      if (!name.endsWith('.repo') || !(await lstat(file)).isFile()) continue;
      const before = await readFile(file, 'utf8');
      const after = disabled(before, ours);
      if (after !== before) await writeFile(file, after);
    }
  }
}

/** A .repo file with every section disabled; those in `drop` are comments. */
export function disabled(text: string, drop: ReadonlySet<string>): string {
  const sections = parseIni(text);
  const lines = text.split('\n');
  const insert = new Map<number, string>();
  for (const [i, { name, line, values }] of sections.entries()) {
    const end = (sections[i + 1]?.line ?? lines.length + 1) - 1;
    if (drop.has(name)) {
      for (let at = line; at <= end; at++) if (lines[at - 1]) lines[at - 1] = `# ${lines[at - 1]}`;
      continue;
    }
    const enabled = values.get('enabled');
    if (!isTrue(enabled?.value, true)) continue;
    if (enabled) lines[enabled.line - 1] = 'enabled=0';
    else insert.set(line, 'enabled=0');
  }
  return lines
    .flatMap((line, i) => [line, ...(insert.has(i + 1) ? [insert.get(i + 1) ?? ''] : [])])
    .join('\n');
}
