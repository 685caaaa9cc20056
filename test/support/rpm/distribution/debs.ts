/** Packages of Debian, from which ours are made: fetched by apt with its checks, and unpacked. */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openDebianArchive } from '../../../../src/build/apt/debian-archive.ts';
import { DebianSource } from '../../../../src/recipe/schema.ts';
import { loadInstallation } from '../../../../src/system/config.ts';
import { silent } from '../../../../src/system/events.ts';
import { LogFile } from '../../../../src/system/logfile.ts';
import { run } from '../../../../src/system/process.ts';

export interface Deb {
  name: string;
  /** Upstream version: no epoch, no revision of Debian's. */
  version: string;
  summary: string;
  all: boolean;
  /** Packages that it wants; of alternatives the first. */
  depends: string[];
}

/** Fetches packages and what they need, but nothing `dropped`, and unpacks each to `directory/debs/NAME`. */
export async function fetchDebs(
  directory: string,
  roots: readonly string[],
  dropped: ReadonlySet<string>,
): Promise<Map<string, Deb>> {
  const installation = loadInstallation(join(directory, 'apt'));
  using log = new LogFile(join(installation.paths.logs, 'apt.log'));
  const archive = await openDebianArchive(
    DebianSource.parse({ suite: 'bookworm' }),
    directory,
    { installation, options: { sink: silent }, log, epoch: 0, managers: new Map() },
    'debs',
  );
  const env = { APT_CONFIG: join(dirname(archive.lists), 'apt.conf') };
  const apt = ['apt-get', '-q', '-y', '-o', 'Debug::NoLocking=1', '--no-install-recommends'];
  const plan = await run([...apt, '--print-uris', 'install', ...roots], { env });
  const all = plan.stdout.split('\n').flatMap((line) => /^'\S+' ([^_\s]+)_/.exec(line)?.[1] ?? []);
  const shown = await run(['apt-cache', 'show', '--no-all-versions', ...all], { env });
  const known = new Map(shown.stdout.split('\n\n').flatMap((text) => debOf(text)));

  const wanted = new Map<string, Deb>();
  const visit = (name: string) => {
    const deb = known.get(name);
    if (!deb || wanted.has(name) || dropped.has(name)) return;
    wanted.set(name, deb);
    deb.depends.forEach(visit);
  };
  roots.forEach(visit);

  const downloads = join(directory, 'downloads');
  await mkdir(downloads, { recursive: true });
  await run(['apt-get', '-q', 'download', ...wanted.keys()], { env, cwd: downloads });
  const files = await readdir(downloads);
  await inParallel([...wanted.keys()], async (name) => {
    const file = files.find((one) => one.startsWith(`${name}_`));
    if (!file) throw new Error(`apt-get did not download ${name}`);
    await mkdir(join(directory, 'debs', name), { recursive: true });
    await run(['dpkg-deb', '--extract', join(downloads, file), join(directory, 'debs', name)]);
  });
  return wanted;
}

/** Of a paragraph of deb-control(5). */
function debOf(text: string): [string, Deb][] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  const name = field('Package');
  if (!name) return [];
  const depends = `${field('Pre-Depends')},${field('Depends')}`
    .split(',')
    .flatMap((one) => /[a-z0-9][a-z0-9+.-]+/.exec(one.split('|')[0] ?? '')?.[0] ?? []);
  const version = field('Version').replace(/^\d+:/, '').replace(/-[^-]*$/, '').replace(/[^A-Za-z0-9.~]/g, '.'); // prettier-ignore
  const summary = field('Description(?:-en)?') || name;
  return [[name, { name, version, summary, all: field('Architecture') === 'all', depends }]];
}

/** Two at a time: the machines that run tests have two cores. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}
