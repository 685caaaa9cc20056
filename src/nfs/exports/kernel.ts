/**
 * Exports for the kernel's NFS server. One file in /etc/exports.d; what is in force is asked of exportfs, and
 * only exports of ours are taken back: by path and fsid. exports(5), exportfs(8) of nfs-utils.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../system/durable.ts';
import { SlipwayError } from '../../system/errors.ts';
import { escapeOctal, unescapeOctal } from '../../system/octal.ts';
import type { Paths } from '../../system/paths.ts';
import { run } from '../../system/process.ts';
import { fail } from '../errors.ts';
import { checkPath, NOBODY, type Export } from './export.ts';

/** Where the kernel's server is told, and by what. Others than these only in tests. */
export interface KernelServer {
  directory: string;
  /** Program. */
  exportfs: string;
}
export const KERNEL: KernelServer = { directory: '/etc/exports.d', exportfs: 'exportfs' };

/** Exports that one process is given to take back: its arguments have a limit. */
const CHUNK = 500;

/** One export to one client, as exports(5) has them. */
export interface Entry {
  path: string;
  client: string;
  /** Those that Slipway sets, sorted. */
  options: string;
}

/** Installations beside the usual one, such as those of trials, have files of their own. */
export function exportsFile(paths: Paths, { directory }: KernelServer = KERNEL): string {
  const which = paths.root === '/' ? '' : `-${digest(paths.root).slice(0, 8)}`;
  return join(directory, `slipway${which}.exports`);
}

/** What the file says. */
export function exportsText(exports: readonly Export[]): string {
  const line = (one: Export) => {
    const clients = one.clients.map((client) => `${client}(${optionsOf(one)})`);
    return `${escape(one.path)} ${clients.join(' ')}\n`;
  };
  const lines = exports.filter(({ clients }) => clients.length > 0).map(line);
  return `# Made by slipway. Changes are lost; exports of your own go into other files.\n${lines.join('')}`;
}

/**
 * Options of one export. With `mountpoint` an empty directory is never exported in the place of a tree that is
 * not mounted. The file system is told by `fsid`: overlays have nothing else by which file handles could name them.
 */
function optionsOf({ path, write, squash, labels }: Export): string {
  return [
    write ? 'rw' : 'ro',
    'sync',
    squashText(squash),
    'no_subtree_check',
    'sec=sys',
    'mountpoint',
    `fsid=${fsidOf(path)}`,
    ...(labels ? ['security_label'] : []),
  ].join(',');
}

/** As it stands in exports(5), here and on other servers. */
export const squashText = (squash: boolean): string =>
  squash ? `all_squash,anonuid=${NOBODY},anongid=${NOBODY}` : 'no_root_squash';

/** The same for a path at all times. */
export function fsidOf(path: string): string {
  return digest(path).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** All but the plainest characters as three octal digits, byte by byte. */
function escape(path: string): string {
  return escapeOctal(Buffer.from(checkPath(path)).toString('latin1'), /[^\w@%+=.,/:~-]/g);
}

/** Exports that a text of this form has: our file, or what `exportfs -s` says. */
export function parseExports(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('#')) return [];
    const [path = '', ...clients] = line.split(/[ \t]+/);
    return clients.flatMap((word) => {
      const [, client, options] = /^([^()]+)\((.*)\)$/.exec(word) ?? [];
      if (client === undefined || options === undefined) return [];
      return [{ path: unescape(path), client, options: ours(options) }];
    });
  });
}

/** Options that are no defaults, and none that only exportfs adds, such as root_squash beside all_squash. */
function ours(options: string): string {
  const kept = options
    .split(',')
    .filter((one) => /^(r[ow]|no_root_squash|all_squash|anon[ug]id=.*|security_label|fsid=.*)$/.test(one));
  return kept.toSorted().join(',');
}

/** Byte by byte: what is plain there need not be so here. */
function unescape(text: string): string {
  const bytes = unescapeOctal(Buffer.from(text).toString('latin1'));
  return Buffer.from(bytes, 'latin1').toString();
}

/** What the kernel's server exports of this installation. @throws SlipwayError `nfs/no-kernel-server` */
export async function inForce(paths: Paths, server = KERNEL, signal?: AbortSignal): Promise<Entry[]> {
  const { stdout } = await exportfs(server, ['-s'], signal);
  return parseExports(stdout).filter(
    ({ path, options }) =>
      path.startsWith(`${paths.exports}/`) && options.split(',').includes(`fsid=${fsidOf(path)}`),
  );
}

const key = ({ path, client }: Entry) => `${client}:${path}`;
const same = (a: readonly Entry[], b: readonly Entry[]) => {
  const there = new Map(b.map((one) => [key(one), one.options]));
  return a.filter((one) => there.get(key(one)) !== one.options);
};

export interface Applied {
  /** `CLIENT:PATH` of what was exported now, or with other options. */
  added: string[];
  /** What is not exported any more. */
  removed: string[];
}

/**
 * Makes the kernel's server export exactly this of ours. What others export stays, also what was exported by
 * `exportfs` alone and stands in no file: so `-a` and `-u`, never `-r`.
 * @throws SlipwayError `nfs/no-kernel-server`, `nfs/not-exported`
 */
export async function applyToKernel(
  paths: Paths,
  exports: readonly Export[],
  server = KERNEL,
  signal?: AbortSignal,
): Promise<Applied> {
  const text = exportsText(exports);
  const wanted = parseExports(text);
  const before = await inForce(paths, server, signal);
  const file = exportsFile(paths, server);
  if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await writeDurably(file, text);
  const added = same(wanted, before);
  const wantedKeys = new Set(wanted.map(key));
  const stale = before.filter((one) => !wantedKeys.has(key(one)));
  if (added.length === 0 && stale.length === 0) return { added: [], removed: [] };
  const taken = chunks(stale, CHUNK).map((some) => ['-u', ...some.map(key)]);
  let complaint: SlipwayError | undefined;
  for (const words of [...(added.length > 0 ? [['-a']] : []), ...taken])
    try {
      await exportfs(server, words, signal);
    } catch (error) {
      // It also fails for lines of others. Whether ours are in force is seen below.
      if (!(error instanceof SlipwayError) || error.code !== 'process/failed') throw error;
      complaint ??= error;
    }
  const after = await inForce(paths, server, signal);
  const lacking = same(wanted, after);
  const left = after.filter((one) => !wantedKeys.has(key(one)));
  const [wrong] = [...lacking, ...left];
  if (wrong) {
    const problem = lacking.length > 0 ? 'is not exported' : 'is still exported';
    throw fail(
      'not-exported',
      { what: key(wrong), problem },
      { cause: complaint, output: complaint?.output },
    );
  }
  return { added: added.map(key), removed: stale.map(key) };
}

const chunks = <T>(all: readonly T[], size: number) =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

async function exportfs(server: KernelServer, words: readonly string[], signal?: AbortSignal) {
  try {
    return await run([server.exportfs, ...words], { signal });
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'process/missing') throw error;
    throw fail('no-kernel-server', {}, { cause: error });
  }
}
