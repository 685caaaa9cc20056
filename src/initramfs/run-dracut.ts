/** One run of dracut: a tree with tools and kernel modules in, a blob of the catalog out. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toolOptions, type WorkContext } from '../build/context.ts';
import { kernelConfig, unpacks, type Compression } from '../build/kernel-config.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Digest } from '../image/types.ts';
import { Sandbox, type InsideOptions, type Lower, type Writable } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import { COMPRESS, dracutCommand, TOOLS } from './dracut-command.ts';
import { fail } from './errors.ts';
import { layered, type Kind } from './kinds.ts';

export interface DracutRun {
  /** A tree with dracut, its tools and `/usr/lib/modules/VERSION`; lowest layer first. */
  lowers: readonly Lower[];
  /** Where what is written goes until it is thrown away. Default: to disk. */
  writable?: Writable;
  /** Kernel version. */
  version: string;
  /** Modules to have and to load. */
  modules: readonly string[];
  /** Default: the one that mounts layers. */
  kind?: Kind;
  /** Default: the best that the kernel unpacks and the tree has a program for. */
  compress?: Compression;
  catalog: Catalog;
  context: WorkContext;
}

/** @throws SlipwayError `initramfs/no-tools` */
export async function requireTools(sandbox: Sandbox): Promise<void> {
  const missing: string[] = [];
  for (const tool of TOOLS) if (!(await hasProgram(sandbox, tool))) missing.push(tool);
  if (missing.length > 0) throw fail('no-tools', { tools: missing.join(', ') });
}

async function hasProgram(sandbox: Sandbox, name: string): Promise<boolean> {
  for (const directory of ['/usr/bin', '/usr/sbin', '/bin', '/sbin'])
    if (await lstat(await sandbox.path(`${directory}/${name}`)).catch(() => undefined)) return true;
  return false;
}

/** Makes an initramfs, and looks whether what a boot needs is in it. @throws SlipwayError `initramfs/incomplete`, and of dracut */
export async function runDracut(request: DracutRun, id: string): Promise<{ digest: Digest; size: number }> {
  const { lowers, writable, version, modules, catalog, context, kind = layered } = request;
  const { paths } = context.installation;
  await using work = await workDirectory(paths, 'initramfs');
  await using sandbox = await Sandbox.open(paths, work.path, lowers, writable);
  const output = join(work.path, 'output');
  await mkdir(output);
  const shells: string[] = [];
  for (const shell of ['bash', 'dash']) if (await hasProgram(sandbox, shell)) shells.push(shell);
  const options = {
    ...toolOptions(context, id),
    sys: true,
    binds: { [output]: '/run/output' },
    readOnlyBinds: Object.fromEntries(Object.entries(kind.shown).map(([path, from]) => [from, path])),
  };
  const [base = '', ...others] = await modulesOf(kind, sandbox);
  const compression = await chosenCompression(sandbox, version, request.compress);
  const command = dracutCommand({
    kind,
    version,
    load: modules,
    modules: [base, ...shells, ...others],
    output: '/run/output/initramfs',
    compress: COMPRESS[compression],
    known: await knownOptions(sandbox, options),
  });
  await sandbox.inside(command, options);
  const list = await sandbox.inside(['lsinitrd', '/run/output/initramfs'], {
    ...options,
    sink: undefined,
    log: undefined,
  });
  const missing = [...kind.parts, `/modules/${version}/`].filter((part) => !list.stdout.includes(part));
  if (missing.length > 0) throw fail('incomplete', { parts: missing.join(', ') });
  await pad(join(output, 'initramfs'));
  return await catalog.adoptBlob(join(output, 'initramfs'), context.options.signal);
}

/** Small and quick to unpack first. @throws SlipwayError `initramfs/cannot-unpack` */
async function chosenCompression(
  sandbox: Sandbox,
  version: string,
  wanted?: Compression,
): Promise<Compression> {
  const config = await kernelConfig(sandbox.root, version);
  const able = (['zstd', 'gzip', 'xz'] as const).filter((one) => unpacks(one, version, config));
  if (wanted && !able.includes(wanted))
    throw fail('cannot-unpack', { version, compression: wanted, able: able.join(', ') });
  for (const one of wanted ? [wanted] : able) if (await hasProgram(sandbox, one)) return one;
  throw fail('no-tools', { tools: wanted ?? able.join(' or ') });
}

/** What `dracut --help` lists; it ends with 1 in some releases. Undefined if it lists nothing. */
async function knownOptions(sandbox: Sandbox, options: InsideOptions): Promise<Set<string> | undefined> {
  const help = await sandbox.inside(['dracut', '--help'], {
    ...options,
    sink: undefined,
    log: undefined,
    okCodes: [0, 1],
  });
  const known = help.stdout.match(/--[a-z][a-z-]+/g);
  return known ? new Set(known) : undefined;
}

/** dracut modules of a kind, without those that may be missing and are. */
async function modulesOf(kind: Kind, sandbox: Sandbox): Promise<string[]> {
  const directory = await sandbox.path('/usr/lib/dracut/modules.d');
  const there = (await readdir(directory).catch(() => [] as string[])).map((name) =>
    name.replace(/^\d+/, ''),
  );
  return kind.modules.flatMap((name) => {
    const plain = name.replace('?', '');
    return plain === name || there.includes(plain) ? [plain] : [];
  });
}

/**
 * Fills up to the four bytes at which the kernel looks for the next archive: the EFI stub puts the
 * node initrd right behind this file (drivers/firmware/efi/libstub/file.c, init/initramfs.c).
 */
async function pad(file: string): Promise<void> {
  await using handle = await open(file, constants.O_RDWR | constants.O_NOFOLLOW);
  const { size } = await handle.stat();
  await handle.truncate(Math.ceil(size / 4) * 4);
}
