/** A tree of RHEL or what is like it, by the host's dnf: the tree needs none of its own. dnf(8) --installroot */
import { keyOf } from '../key.ts';
import type { RedhatSource } from '../../recipe/schema.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import type { Place } from '../../system/errors.ts';
import { toolOptions, type BuildContext, type WorkContext } from '../context.ts';
import { openArchive, type DnfArchive } from '../dnf/archive.ts';
import { BASEARCH, type DnfSetup } from '../dnf/config.ts';
import { OPTIMIZED, releaseOf, SELINUX_WANTED, TYPES } from '../dnf/releases.ts';
import { expanded, hasSecrets, type RpmRepository } from '../dnf/repository.ts';
import { sourceRepositories } from '../dnf/source-repositories.ts';
import { writeTreeConfig } from '../dnf/write-tree.ts';
import { requirePackages, wantedBy, type Wanted } from '../packages/require.ts';
import type { SourceKind } from './index.ts';

export const redhat: SourceKind<RedhatSource> = {
  title: (source) => `${source.distribution ?? 'redhat'} ${source.release} (${source.type})`,

  async prepare(source, base, place, context, task) {
    const { archive, setup, repositories, variables: kept } = await openSource(source, base, place, context, task);
    const { release, architecture } = setup;
    return {
      inputs: {
        source,
        release,
        architecture,
        selinux: context.recipe.selinux !== undefined,
        'packages of its type': TYPES[source.type],
        exclude: setup.exclude,
        repositories: keyOf(setup.repositories.map(({ where: _where, ...r }) => ({ ...r, keys: r.keys.map((k) => k.content.toString('base64')) }))),
        'repository metadata': archive.state,
      },
      date: archive.date,
      architecture,
      async run(sandbox, runTask) {
        await prepareTree(source, archive, sandbox, context, runTask);
        const packages = await choose(source, archive, context);
        const wanted = [...packages.map((name): Wanted => ({ name, place })), ...wantedBy(context.recipe.steps)];
        await requirePackages(archive, wanted);
        await archive.install(sandbox, { install: packages }, context, runTask);
        await writeTreeConfig(sandbox, setup, repositories, kept);
      },
      async ready(packageConfig) {
        context.managers.set(packageConfig, Promise.resolve(archive));
        await Promise.resolve();
      },
    };
  }, // prettier-ignore
};

interface Opened {
  archive: DnfArchive;
  setup: DnfSetup;
  /** As they were written, with variables. */
  repositories: readonly RpmRepository[];
  /** Variables of dnf that the tree gets. */
  variables: Record<string, string>;
}

/** The repositories of a source, with their metadata. @throws SlipwayError `dnf/…`, `repository/…` */
export async function openSource(
  source: RedhatSource,
  base: string,
  place: Place,
  context: WorkContext,
  task: string,
): Promise<Opened> {
  const architecture = source.architecture ?? (process.arch === 'arm64' ? 'arm64' : 'amd64');
  const release = releaseOf(source.distribution, source.release, source.platform);
  const own = { releasever: release.version, basearch: BASEARCH[architecture], arch: BASEARCH[architecture] };
  const known = { ...release.variables, ...own };
  const named = await sourceRepositories(source, base, place, context, known);
  const variables = { ...release.variables, ...named.variables, ...own };
  for (const { id } of named.repositories.filter(hasSecrets))
    context.options.sink({
      event: 'notice',
      level: 'info',
      message: `Repository ${id}: its credentials are used here, and are not part of the image`,
    });
  const setup: DnfSetup = {
    release,
    architecture,
    repositories: named.repositories.map((repository) => expanded(repository, variables)),
    modules: Object.fromEntries(
      source.modules.map((module) => module.split(/[:/]/, 2)).filter(([, stream]) => stream),
    ) as Record<string, string>,
    exclude: [...(source.optimize ? OPTIMIZED : []), ...source.exclude],
    best: !(source.nobest || source.optimize),
    weak: source.weak_dependencies,
    docs: source.docs,
    languages: source.languages,
    proxy: source.proxy ?? context.installation.config.redhat.proxy,
  };
  const archive = await openArchive(setup, context, task);
  const { basearch: _, arch: __, ...kept } = variables;
  return { archive, setup, repositories: named.repositories, variables: kept };
}

/** Everything that the tree begins with. */
async function choose(source: RedhatSource, archive: DnfArchive, context: BuildContext): Promise<string[]> {
  // A profile is installed as @module:stream/profile.
  const profiles = source.modules.filter((module) => module.includes('/')).map((module) => `@${module}`);
  const names = [...TYPES[source.type], ...source.packages, ...profiles];
  if (!context.recipe.selinux) return names;
  // The policy itself is among `packages` already.
  const absent = (await archive.missing(SELINUX_WANTED)).map(({ name }) => name);
  return [...names, ...SELINUX_WANTED.filter((name) => !absent.includes(name))];
}

/** Keys first: dnf asks the tree's rpm database for them. */
async function prepareTree(
  source: RedhatSource,
  { dnf }: DnfArchive,
  sandbox: Sandbox,
  context: BuildContext,
  task: string,
): Promise<void> {
  await dnf.importKeys(sandbox, context, task);
  const streams = source.modules.filter((module) => !module.includes('/'));
  if (streams.length > 0)
    await dnf.query(sandbox, ['module', 'enable', ...streams], context, toolOptions(context, task));
}
