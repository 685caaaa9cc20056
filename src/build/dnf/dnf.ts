/** Runs the host's dnf and rpm beside a tree. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { TREE } from '../../system/beside.ts';
import { lock } from '../../system/lock.ts';
import type { RunOptions, RunResult } from '../../system/process.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { toolOptions, type WorkContext } from '../context.ts';
import { keyOf } from '../key.ts';
import {
  asSeen,
  BASEARCH,
  everySigned,
  localRepositories,
  SEEN,
  writeConfig,
  type DnfSetup,
} from './config.ts';
import { explainDnf } from './explain.ts';

/** A configuration each: the second has no credentials, since scripts of packages run beside it. */
const PHASES = ['fetch', 'change'] as const;

/** What dnf 4 locks in its cache. dnf/lock.py */
const LOCKS = ['metadata_lock.pid', 'download_lock.pid'];

/** dnf 4, under the name that it has beside dnf 5, too. */
const DNF = 'dnf-3';

export class Dnf {
  readonly setup: DnfSetup;
  /** Metadata and packages: shared by all that trust the same repositories in the same way. */
  readonly cache: string;
  readonly config: string;
  readonly #local: Record<string, string>;
  readonly #lock: string;

  private constructor(setup: DnfSetup, root: string) {
    this.setup = setup;
    // dnf names the directory of a repository by its id and URL. What it does not look at again in cached
    // metadata is told apart here.
    const trust = setup.repositories
      .map(({ id, repoGpgcheck, keys, options }) => [
        id,
        repoGpgcheck ? keys.map((k) => keyOf(k.content.toString('base64'))) : [],
        options['sslverify'] ?? '1',
      ])
      .filter(([, keys, verify]) => (keys?.length ?? 0) > 0 || verify !== '1');
    const group = keyOf('dnf', setup.architecture, trust).slice(0, 16);
    this.cache = join(root, `cache-${group}`);
    this.config = join(root, `config-${keyOf('dnf-config', setup, setup.repositories.map((r) => r.keys.map((k) => k.content.toString('base64')))).slice(0, 16)}`); // prettier-ignore
    this.#lock = `dnf-${group}`;
    this.#local = Object.fromEntries(
      Object.entries(localRepositories(setup.repositories)).filter(([path]) => existsSync(join(path, 'repodata/repomd.xml'))),
    ); // prettier-ignore
  }

  static async open(setup: DnfSetup, context: WorkContext): Promise<Dnf> {
    const dnf = new Dnf(setup, join(context.installation.paths.cache, 'dnf'));
    await mkdir(dnf.cache, { recursive: true, mode: 0o700 });
    for (const phase of PHASES) await writeConfig(join(dnf.config, phase), setup, phase === 'fetch');
    return dnf;
  }

  /** dnf with the network (unless offline), over the shared cache; installs nothing. @throws SlipwayError `dnf/…` */
  async fetch(
    sandbox: Sandbox,
    words: readonly string[],
    context: WorkContext,
    options: RunOptions,
  ): Promise<RunResult> {
    const { paths } = context.installation;
    using _ = await lock(paths.locks, this.#lock, 'download of packages', {
      wait: 3_600_000,
      signal: context.options.signal,
      sink: context.options.sink,
    });
    // Locks of a dnf that was killed: pids mean nothing in the next namespace.
    for (const name of await readdir(this.cache))
      if (name.endsWith('.pid')) await rm(join(this.cache, name), { force: true });
    const offline = context.options.offline === true;
    return await this.#run(sandbox, [...(offline ? ['--cacheonly'] : []), ...words], context, {
      ...options,
      phase: 'fetch',
      network: !offline,
      cache: this.cache,
    });
  }

  /** dnf without the network, for a look at metadata that is there. @throws SlipwayError `dnf/…` */
  async query(
    sandbox: Sandbox,
    words: readonly string[],
    context: WorkContext,
    options: RunOptions,
  ): Promise<RunResult> {
    return await this.#run(sandbox, ['--cacheonly', ...words], context, {
      ...options, phase: 'change', network: false, cache: this.cache,
    }); // prettier-ignore
  }

  /** dnf without the network, over a view of the cache that scripts of packages cannot change for others. @throws SlipwayError `dnf/…` */
  async change(
    sandbox: Sandbox,
    words: readonly string[],
    context: WorkContext,
    options: RunOptions,
  ): Promise<void> {
    const { paths } = context.installation;
    await using work = await workDirectory(paths, 'dnf');
    const [upper, workdir, merged] = ['upper', 'work', 'merged'].map((n) => join(work.path, n)) as [string, string, string]; // prettier-ignore
    for (const path of [upper, workdir, merged]) await mkdir(path);
    const at = (path: string) => relative(paths.root, path);
    const { namespace } = sandbox;
    // Somebody may be downloading meanwhile: his locks, which come and go below, are not ours.
    for (const name of LOCKS) await namespace.run(['mknod', join(upper, name), 'c', '0', '0']);
    const mount = `lowerdir=${at(this.cache)},upperdir=${at(upper)},workdir=${at(workdir)},volatile`;
    await namespace.run([
      'env', '-C', paths.root, '--', 'mount', '-t', 'overlay', '-o', mount, 'overlay', merged,
    ]); // prettier-ignore
    try {
      await this.#run(sandbox, ['--cacheonly', ...(everySigned(this.setup) ? ['--nogpgcheck'] : []), ...words], context, {
        ...options, phase: 'change', network: false, cache: merged,
      }); // prettier-ignore
    } finally {
      await namespace.run(['umount', merged]);
    }
  }

  /** Keys of all repositories into the tree's rpm database. */
  async importKeys(sandbox: Sandbox, context: WorkContext, task: string): Promise<void> {
    const files = this.setup.repositories.flatMap(({ id, keys }) =>
      keys.map((_, i) => `${SEEN.config}/keys/${id}-${i}.key`),
    );
    if (files.length > 0)
      await this.rpm(sandbox, ['rpmkeys', '--import', ...files], toolOptions(context, task));
  }

  /** A program of rpm on the tree's database. */
  async rpm(
    sandbox: Sandbox,
    [tool = '', ...words]: readonly string[],
    options: RunOptions,
  ): Promise<RunResult> {
    return await sandbox.beside([tool, '--root', TREE, ...words], {
      ...options,
      env: { ...options.env, ...ENVIRONMENT },
      readOnlyBinds: { [join(this.config, 'change')]: SEEN.config },
    });
  }

  async #run(
    sandbox: Sandbox,
    words: readonly string[],
    context: WorkContext,
    options: RunOptions & { phase: (typeof PHASES)[number]; network: boolean; cache: string },
  ): Promise<RunResult> {
    const { setup } = this;
    const argv = [
      DNF, '--assumeyes', '--config', `${SEEN.config}/dnf.conf`, '--noplugins',
      `--setopt=reposdir=${SEEN.config}/repos`, `--setopt=varsdir=${SEEN.config}/vars`,
      '--installroot', TREE, '--releasever', setup.release.version, '--forcearch', BASEARCH[setup.architecture], ...words,
    ]; // prettier-ignore
    const { phase, network, cache, ...rest } = options;
    try {
      return await sandbox.beside(argv, {
        ...rest,
        env: { ...rest.env, ...ENVIRONMENT },
        network,
        binds: { [cache]: `${TREE}${SEEN.cache}` },
        readOnlyBinds: { [join(this.config, phase)]: SEEN.config, ...this.#local },
      });
    } catch (error) {
      throw explainDnf(error, context.installation.paths.state, setup.repositories.map(asSeen));
    }
  }
}

/** A private home holds our rpm macros; a fixed seed keeps the order of a transaction from changing. */
const ENVIRONMENT = { HOME: `${SEEN.config}/home`, PYTHONHASHSEED: '0' };
