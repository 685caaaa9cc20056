/** Reads cluster files: a file, or all *.yml of a directory in the order of their names. */
import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isMap, isScalar } from 'yaml';
import { SlipwayError, throwAll } from '../../system/errors.ts';
import { checkYaml, parseYaml, type SourceDocument } from '../../system/yaml.ts';
import { fail } from './errors.ts';
import { ClusterSchema, type ClusterFile } from './schema.ts';

const MOST_BYTES = 32 << 20;
const MOST_FILES = 1000;

/** One file, checked by itself. */
export interface Loaded {
  source: SourceDocument;
  content: ClusterFile;
}

/** @throws SlipwayError `cluster/no-file`, `cluster/too-large`, `cluster/key`, `yaml/…`: all mistakes of all files together */
export async function loadClusterFiles(paths: readonly string[]): Promise<Loaded[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(await filesAt(path)));
  const loaded: Loaded[] = [];
  const errors: SlipwayError[] = [];
  for (const file of new Set(files))
    try {
      loaded.push(readCluster(await readText(file), file));
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      errors.push(error);
    }
  throwAll(errors);
  return loaded;
}

/** Understands the text of one file. @throws SlipwayError `cluster/key`, `yaml/…` */
export function readCluster(text: string, file: string): Loaded {
  const source = parseYaml(text, file);
  const errors = wrongKeys(source);
  let content: ClusterFile = {};
  try {
    content = checkYaml(ClusterSchema, source, source.value ?? {});
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    errors.push(error);
  }
  throwAll(errors);
  return { source, content };
}

async function filesAt(path: string): Promise<string[]> {
  const absolute = resolve(path);
  try {
    if (!(await stat(absolute)).isDirectory()) return [absolute];
    const names = (await readdir(absolute)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).toSorted();
    if (names.length === 0) throw fail('no-file', { path, reason: 'the directory has no files *.yml' });
    if (names.length > MOST_FILES)
      throw fail('too-large', { path, size: `${names.length} files`, limit: `${MOST_FILES}` });
    return names.map((name) => join(absolute, name));
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw fail(
      'no-file',
      { path, reason: (cause as NodeJS.ErrnoException).code ?? String(cause) },
      { cause },
    );
  }
}

async function readText(path: string): Promise<string> {
  // Not blocking: a pipe must not stop us.
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const info = await handle.stat();
  if (!info.isFile()) throw fail('no-file', { path, reason: 'it is no regular file' });
  if (info.size > MOST_BYTES)
    throw fail('too-large', { path, size: `${info.size} bytes`, limit: `${MOST_BYTES}` });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile());
  } catch (cause) {
    throw fail('not-text', { path }, { cause });
  }
}

/** Node 0123 would be node 123, and 1 and 2 would change their order. */
function wrongKeys(source: SourceDocument): SlipwayError[] {
  const errors: SlipwayError[] = [];
  for (const section of ['profiles', 'groups', 'nodes']) {
    const map: unknown = source.document.get(section, true);
    if (!isMap(map)) continue;
    for (const { key } of map.items)
      if (!isScalar(key) || typeof key.value !== 'string') {
        const at = source.lines.linePos((key as { range?: number[] } | null)?.range?.[0] ?? 0);
        const text = isScalar(key) ? (key.source ?? String(key.value)) : 'of several values';
        const where = { file: source.file, line: at.line, column: at.col };
        errors.push(fail('key', { key: JSON.stringify(text.slice(0, 100)) }, { where }));
      }
  }
  return errors.slice(0, 100);
}
