/** Repositories as the package manager of RPM trees. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closest } from '../../system/closest.ts';
import { SlipwayError } from '../../system/errors.ts';
import { cleanEnvironment } from '../../system/environment.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { toolOptions, type WorkContext } from '../context.ts';
import type { PackageManager } from '../packages/manager.ts';
import type { DnfSetup } from './config.ts';
import { Dnf } from './dnf.ts';
import { unknownNames } from './explain.ts';
import { iniSection } from './ini.ts';
import { dnfInstall } from './install.ts';
import { MODULE_DIRECTORY } from './repo-files.ts';
import { isFresh, readState } from './metadata.ts';
import { rpmSpec } from './spec.ts';
import { initramfsTools, liveTools } from './tools.ts';

export interface DnfArchive extends PackageManager {
  dnf: Dnf;
  /** Names of all packages, and of groups with `@` before them; sorted. */
  available(): Promise<string[]>;
}

/** Fetches metadata where it is not fresh, unless offline. @throws SlipwayError `dnf/…` */
export async function openArchive(setup: DnfSetup, context: WorkContext, task: string): Promise<DnfArchive> {
  const dnf = await Dnf.open(setup, context);
  const { offline, signal } = context.options;
  // fetch() knows no proxy: with one, only dnf can tell.
  const direct =
    !setup.proxy && !Object.keys(cleanEnvironment()).some((name) => /^https?_proxy$/i.test(name));
  if (!offline && !(direct && (await isFresh(dnf.cache, setup.repositories, signal))))
    await apart(context, async (sandbox) => {
      await dnf.fetch(sandbox, ['makecache', '--refresh'], context, toolOptions(context, task));
    });
  const { state, date } = await readState(dnf.cache, setup.repositories);
  // Names that were found once need not be looked for again by each step.
  const known = new Set<string>();
  return {
    name: 'dnf',
    dnf,
    state,
    date,
    initramfsTools: initramfsTools(setup.release),
    liveTools: liveTools(setup.release),
    missing: async (names) => {
      const unknown = await missing(
        dnf,
        names.filter((name) => !known.has(name)),
        context,
      );
      if (unknown.length === 0) for (const name of names) known.add(name);
      return unknown;
    },
    available: async () => await available(dnf, context),
    install: async (sandbox, request, workContext, id) => {
      await dnfInstall(dnf, sandbox, request, workContext, id);
    },
  };
}

async function available(dnf: Dnf, context: WorkContext): Promise<string[]> {
  const quiet = { signal: context.options.signal, log: context.log };
  return await apart(context, async (sandbox) => {
    await enableStreams(sandbox, dnf.setup.modules);
    const lines = async (words: string[]) =>
      (await dnf.query(sandbox, words, context, { ...quiet, okCodes: [0, 1] })).stdout;
    const names = (await lines(PACKAGE_NAMES)).split('\n').filter(Boolean);
    return [...new Set([...names, ...groupNames(await lines(GROUP_NAMES))])].toSorted();
  });
}

const PACKAGE_NAMES = ['repoquery', '--quiet', '--available', '--qf', '%{name}'];
const GROUP_NAMES = ['group', 'list', '--hidden', '--verbose'];

function groupNames(list: string): string[] {
  return [...list.matchAll(/\(([^()\s]+)\)$/gm)].map(([, id]) => `@${id}`);
}

/** dnf on an empty tree: what is asked for is known by what it does not find. */
async function missing(
  dnf: Dnf,
  names: readonly string[],
  context: WorkContext,
): Promise<{ name: string; near?: string }[]> {
  if (names.length === 0) return [];
  const quiet = { signal: context.options.signal, log: context.log };
  return await apart(context, async (sandbox) => {
    await enableStreams(sandbox, dnf.setup.modules);
    const ask = async (words: string[]) => {
      try {
        const { stdout, stderr } = await dnf.query(sandbox, words, context, { ...quiet, okCodes: [0, 1] });
        return `${stdout}\n${stderr}`;
      } catch (error) {
        if (error instanceof SlipwayError && error.output !== undefined) return error.output;
        throw error;
      }
    };
    const plain = new Map([...new Set(names)].map((name) => [rpmSpec(name), name]));
    const specs = [...plain.keys()];
    let answer = await ask(['install', '--assumeno', ...specs]);
    // Where a group is unknown, dnf does not look for packages any more.
    const plainOnes = specs.filter((spec) => !spec.startsWith('@'));
    if (unknownNames(answer).some((name) => name.startsWith('@')) && plainOnes.length > 0)
      answer += await ask(['install', '--assumeno', ...plainOnes]);
    const absent = new Set(unknownNames(answer));
    const unknown = specs.filter((spec) => absent.has(spec));
    if (unknown.length === 0) return [];
    const all = (await ask(PACKAGE_NAMES)).split('\n');
    const groups = groupNames(await ask(GROUP_NAMES));
    return unknown.map((spec) => ({
      name: (plain.get(spec) ?? spec).replace(/=.*/, ''),
      near: closest(spec, spec.startsWith('@') ? groups : all),
    }));
  });
}

/** As dnf itself keeps them in a tree. Packages of other streams do not exist then. */
async function enableStreams(sandbox: Sandbox, modules: Readonly<Record<string, string>>): Promise<void> {
  if (Object.keys(modules).length === 0) return;
  const directory = await sandbox.makeDirectory(MODULE_DIRECTORY);
  for (const [name, stream] of Object.entries(modules))
    await writeFile(join(directory, `${name}.module`), iniSection(name, { name, stream, profiles: '', state: 'enabled' })); // prettier-ignore
}

/** Runs `work` with an empty tree that is thrown away. */
async function apart<T>(context: WorkContext, work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const { paths } = context.installation;
  await using directory = await workDirectory(paths, 'dnf');
  await using sandbox = await Sandbox.open(paths, directory.path, []);
  return await work(sandbox);
}
