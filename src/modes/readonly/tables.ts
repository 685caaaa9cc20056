/**
 * rwtab and statetab of an image, as its initramfs will read them: `tables.sh` and `readonly.sh` beside the
 * dracut module. The tree is hostile: links are followed inside of it only.
 */
import { lstat, readdir } from 'node:fs/promises';
import { readInRoot, resolveInRoot } from '../../system/in-root.ts';

/** `state`: of statetab. */
export type EntryType = 'empty' | 'dirs' | 'files' | 'state';

export interface TableEntry {
  /** File in the image, and line, from 1. */
  file: string;
  line: number;
  type: EntryType;
  path: string;
}

export interface Tables {
  rwtab: TableEntry[];
  statetab: TableEntry[];
  /** READONLY or TEMPORARY_STATE of the image's own settings is `yes`. */
  wanted: boolean;
  /** The image's own file says where state is: `CLIENTSTATE`. */
  clientState?: string;
  /** Table files that are there, also without entries. */
  files: string[];
}

/** Bytes of a table, and files of a directory, that are looked at. */
const LIMIT = 1 << 20;
const MOST = 1000;
const LEFTOVER = /(~|\.bak|\.orig|\.rpm(new|orig|save)|\.dpkg-[^.]*)$/;
const SETTINGS = ['/etc/sysconfig/readonly-root', '/etc/default/readonly-root'];

/** @param root host path of the tree */
export async function readTables(root: string): Promise<Tables> {
  const [rwtab, statetab] = [await tablesOf(root, 'rwtab'), await tablesOf(root, 'statetab')];
  const settings = await settingsOf(root);
  return {
    rwtab: rwtab.entries,
    statetab: statetab.entries,
    wanted: ['READONLY', 'TEMPORARY_STATE'].some((key) => settings.get(key) === 'yes'),
    clientState: settings.get('CLIENTSTATE') || undefined,
    files: [...rwtab.files, ...statetab.files],
  };
}

async function tablesOf(root: string, name: 'rwtab' | 'statetab') {
  const below = await resolveInRoot(root, `/etc/${name}.d`)
    .then((place) => readdir(place))
    .catch(() => [] as string[]);
  const names = below
    .toSorted()
    .filter((one) => !LEFTOVER.test(one) && !one.startsWith('.') && !/\p{Cc}/u.test(one));
  const files: string[] = [];
  const entries: TableEntry[] = [];
  for (const file of [`/etc/${name}`, ...names.slice(0, MOST).map((one) => `/etc/${name}.d/${one}`)]) {
    const text = await readInRoot(root, file, LIMIT).catch(() => undefined);
    if (!text) continue;
    files.push(file);
    for (const [index, line] of text.toString('utf8').split('\n').entries())
      for (const [type, path] of name === 'rwtab' ? rwWords(line) : stateWords(line))
        entries.push({ file, line: index + 1, type, path });
  }
  return { files, entries };
}

const wordsOf = (line: string) => line.split(/[ \t\r\v\f]+/).filter((word) => word !== '');

function rwWords(line: string): [EntryType, string][] {
  const [type, path = ''] = wordsOf(line);
  return type === 'empty' || type === 'dirs' || type === 'files' ? [[type, path]] : [];
}

function stateWords(line: string): [EntryType, string][] {
  const words = wordsOf(line);
  return words[0]?.startsWith('#') ? [] : words.map((path) => ['state', path]);
}

/** Assignments of the shell, where they are plain. */
async function settingsOf(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of SETTINGS) {
    const text = (await readInRoot(root, file, LIMIT).catch(() => undefined))?.toString('utf8') ?? '';
    for (const [, key = '', a, b, c] of text.matchAll(/^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|(\S*))/gm))
      found.set(key, a ?? b ?? c ?? '');
  }
  return found;
}

/**
 * What a path of the image leads to: itself without links. Nothing: it cannot be bound.
 * `memory`: it is in memory anyway.
 */
export async function placeOf(
  root: string,
  path: string,
): Promise<{ path: string; there: boolean; memory: boolean; reason?: string }> {
  const bad = (reason: string) => ({ path, there: false, memory: false, reason });
  if (!path.startsWith('/') || /[\s\p{Cc}]/u.test(path) || path.split('/').includes('..'))
    return bad('it is no absolute path');
  if (/[*?[]/.test(path)) return bad('patterns are not expanded');
  const real = await resolveInRoot(root, path).catch(() => undefined);
  if (real === undefined) return bad('it has too many links');
  const inside = real.slice(root.length) || '/';
  const memory = /^\/run(\/|$)/.test(inside);
  if (/^\/(proc|sys|dev)(\/|$)|^\/$/.test(inside)) return bad(`it leads to ${inside}`);
  const there = (await lstat(real).catch(() => undefined)) !== undefined;
  return { path: inside, there, memory };
}
