/** A Debian or Ubuntu tree by mmdebstrap, over lists and packages that this host keeps. mmdebstrap(1) */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';
import type { DebianSource } from '../../recipe/schema.ts';
import { fetching } from '../apt/install.ts';
import { openDebianArchive, type DebianArchive } from '../apt/debian-archive.ts';
import { requirePackages, wantedBy } from '../packages/require.ts';
import { toolOptions, type BuildContext } from '../context.ts';
import type { SourceKind } from './index.ts';

export const debian: SourceKind<DebianSource> = {
  title: (source) => `debian ${source.suite} (${source.variant})`,

  async prepare(source, base, place, context, task) {
    const archive = await openDebianArchive(source, base, context, task);
    return {
      inputs: {
        source,
        architecture: archive.architecture,
        archives: archive.sources,
        'repository metadata': archive.state,
      },
      architecture: archive.architecture,
      date: archive.date,
      async run(sandbox, runTask) {
        await requirePackages(archive, [
          ...source.packages.map((name) => ({ name, place })),
          ...wantedBy(context.recipe.steps),
        ]);
        await bootstrap(source, archive, sandbox, context, runTask);
      },
      async ready(packageConfig) {
        context.managers.set(packageConfig, Promise.resolve(archive));
        await Promise.resolve();
      },
    };
  },
};

async function bootstrap(
  source: DebianSource,
  archive: DebianArchive,
  sandbox: Sandbox,
  context: BuildContext,
  task: string,
): Promise<void> {
  using _ = await fetching(archive, context);
  // The tree borrows lists and packages for as long as the namespace lives.
  for (const [from, to] of [
    [archive.lists, '/var/lib/apt/lists'],
    [archive.packages, '/var/cache/apt/archives'],
  ] as const) {
    await sandbox.makeDirectory(to);
    await sandbox.namespace.run(['mount', '--bind', from, join(sandbox.merged, to)]);
  }
  const options = toolOptions(context, task);
  await sandbox.namespace.run(
    [
      'mmdebstrap', '--mode=root', '--format=directory', `--variant=${source.variant}`, `--architectures=${archive.architecture}`,
      ...archive.keyrings.map((k) => `--keyring=${k}`),
      ...(source.packages.length > 0 ? [`--include=${source.packages.join(',')}`] : []),
      ...source.exclude.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
      '--aptopt=Acquire::Languages "none"',
      '--aptopt=APT::Sandbox::User "root"',
      ...(archive.proxy ? [`--aptopt=Acquire::http::Proxy "${archive.proxy}"`] : []),
      '--skip=check/empty,update,essential/unlink,cleanup/apt',
      source.suite, sandbox.merged, ...archive.sources,
    ],
    { ...options, env: { ...options.env, DEBIAN_FRONTEND: 'noninteractive', INITRD: 'No' } },
  ); // prettier-ignore
  for (const to of ['/var/lib/apt/lists', '/var/cache/apt/archives'])
    await sandbox.namespace.run(['umount', join(sandbox.merged, to)]);
  // mmdebstrap leaves what it was told for itself; only the path patterns are meant for later package runs too.
  await rm(join(sandbox.root, 'etc/apt/apt.conf.d/99mmdebstrap'), { force: true });
  const lines = source.exclude.map((pattern) => `path-exclude=${pattern}\n`).join('');
  if (lines) await writeFile(join(sandbox.root, 'etc/dpkg/dpkg.cfg.d/99mmdebstrap'), lines);
}
