/** Definitions and unpacked packages of Debian become RPMs. */
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../../../src/system/process.ts';
import { inParallel, type Deb } from './debs.ts';
import { takeOver } from './layout.ts';
import type { PackageDefinition, Release } from './package.ts';
import { specText, type Built } from './spec.ts';

const FILES = join(import.meta.dirname, 'files');

/** Adds a package for each of Debian's that no definition takes, and what they depend on among each other. */
export function complete(
  definitions: readonly PackageDefinition[],
  debs: ReadonlyMap<string, Deb>,
): PackageDefinition[] {
  const claimed = new Set(definitions.flatMap(({ from = [] }) => from));
  const rest = [...debs.keys()].filter((name) => !claimed.has(name));
  const all = [...definitions, ...rest.map((name): PackageDefinition => ({ name, from: [name] }))];
  const owner = new Map<string, string>();
  for (const { name, from = [] } of all) for (const deb of from) if (!owner.has(deb)) owner.set(deb, name);
  return all.map((one) => {
    const needed = (one.from ?? []).flatMap((deb) => debs.get(deb)?.depends ?? []);
    const names = needed
      .flatMap((deb) => owner.get(deb) ?? [])
      .filter((name) => !one.ignores?.includes(name));
    const basis = one.from && one.name !== 'setup' ? ['filesystem'] : [];
    const requires = new Set([...basis, ...names, ...(one.requires ?? [])]);
    requires.delete(one.name);
    return { ...one, requires: [...requires] };
  });
}

/** Builds one RPM into `directory/rpms/8`, `9` or `both`. */
async function build(
  definition: PackageDefinition,
  release: Release | undefined,
  debs: ReadonlyMap<string, Deb>,
  directory: string,
): Promise<void> {
  const { name, from = [], files = {}, links = {}, directories = {}, module } = definition;
  const id = `${name}-${module ? definition.version : ''}-${release ?? 'both'}`;
  const root = join(directory, 'roots', id);
  await mkdir(root, { recursive: true });
  for (const deb of from) takeOver(join(directory, 'debs', deb), root, definition);
  if (existsSync(join(FILES, name))) await cp(join(FILES, name), root, { recursive: true });
  for (const path of Object.keys(directories)) await mkdir(join(root, path), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await rm(join(root, path), { force: true });
    await symlink(target, join(root, path));
  }
  await definition.finish?.(root);

  const first = debs.get(from[0] ?? '');
  const built: Built = {
    ...definition,
    version: definition.version ?? first?.version ?? '1',
    summary: definition.summary ?? first?.summary ?? name,
    dist: module ? `.module_el${release}` : release ? `.el${release}` : '.slt',
    noarch: from.every((deb) => debs.get(deb)?.all),
  };
  const spec = join(directory, 'specs', `${id}.spec`);
  await mkdir(dirname(spec), { recursive: true });
  await writeFile(spec, specText(built, root));
  const work = join(directory, 'work', id);
  await mkdir(work, { recursive: true });
  const defines = {
    _topdir: work, _builddir: work, _rpmdir: join(directory, 'rpms', release ?? 'both'), _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    _binary_payload: 'w1.zstdio', __spec_install_pre: '%{___build_pre}', __os_install_post: '%{nil}', debug_package: '%{nil}', _build_id_links: 'none',
    _use_weak_usergroup_deps: '1', _dbpath: work, use_source_date_epoch_as_buildtime: '1', clamp_mtime_to_source_date_epoch: '1',
  }; // prettier-ignore
  const options = Object.entries(defines).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
  await run(['rpmbuild', '-bb', '--nodeps', '--quiet', '--target', built.noarch ? 'noarch' : 'x86_64', '--buildroot', root, ...options, spec], { env: { HOME: work, SOURCE_DATE_EPOCH: '1700000000' } }); // prettier-ignore
}

/** Builds what `definitions` has for both releases once, and the rest for each. */
export async function buildAll(
  definitions: Readonly<Record<Release, readonly PackageDefinition[]>>,
  debs: ReadonlyMap<string, Deb>,
  directory: string,
): Promise<void> {
  const wanted = (['8', '9'] as const).flatMap((release) =>
    definitions[release].flatMap((definition): { definition: PackageDefinition; release?: Release }[] => {
      if (definition.each) return [{ definition, release }];
      return release === '9' ? [{ definition }] : [];
    }),
  );
  await inParallel(
    wanted,
    async ({ definition, release }) => await build(definition, release, debs, directory),
  );
}
