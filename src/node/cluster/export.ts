/** The registry as a cluster file: applying it changes nothing. */
import { stringify } from 'yaml';
import { among } from '../../db/bulk.ts';
import type { Db } from '../../db/database.ts';
import { fail as failFile } from '../../files/errors.ts';
import { fold } from '../../nodeset/fold.ts';
import { sortNames } from '../../nodeset/natural.ts';
import { tidy } from '../canonical.ts';
import { expandNames, expandNodes } from '../expand.ts';
import { readOwn, type OwnNode } from '../node.ts';
import { readPresets } from '../presets.ts';
import type { FileSpec } from '../file-schema.ts';
import type { NodeDocument, Settings } from '../schema.ts';
import { flow, plain } from './flow.ts';
import { patternOf, takeVarying, type Varying } from './varying.ts';

/** Nodes in one entry: their node set must stay short enough to be read again. */
const MOST_IN_ENTRY = 5000;

/**
 * The text of a cluster file.
 * @param expr only these nodes, and the groups and profiles that they use
 * @throws SlipwayError `node/unknown`, `nodeset/…`, `file/no-content`
 */
export async function exportCluster(db: Db, expr?: string): Promise<string> {
  const ids = expr === undefined ? undefined : (await expandNodes(db, expr)).map((node) => node.id);
  const nodes = await readOwn(db, ids);
  const presets = await readPresets(db);
  const used = ids && usedBy(nodes, presets.groups);
  const profiles = [...presets.profiles].filter(([name]) => !used || used.profiles.has(name));
  const groups = [...presets.groups].filter(([name]) => !used || used.groups.has(name));
  const documents = [...profiles, ...groups].map(([, document]) => document);
  const contents = await readContents(db, [...documents, ...nodes.map((node) => node.document)]);
  const parts = [
    section(
      'profiles',
      profiles.map(([name, document]) => entry(name, written(document, contents))),
    ),
    section(
      'groups',
      groups.map(([name, document]) => entry(name, written(document, contents))),
    ),
    section('nodes', [...nodeEntries(nodes, contents)]),
  ];
  return parts.filter((part) => part !== '').join('\n') || '{}\n';
}

function usedBy(nodes: readonly OwnNode[], all: ReadonlyMap<string, { profiles?: string[] }>) {
  const groups = new Set(nodes.flatMap(({ document }) => document.groups ?? []));
  const profiles = new Set(nodes.flatMap(({ document }) => document.profiles ?? []));
  for (const group of groups) for (const one of all.get(group)?.profiles ?? []) profiles.add(one);
  return { groups, profiles };
}

function section(title: string, entries: readonly string[]): string {
  return entries.length > 0 ? `${title}:\n${entries.join('')}` : '';
}

/** On one line if that is short, else as a block. */
function entry(key: string, value: object): string {
  const line = flow(value);
  if (line.length <= 90 && !line.includes('\\n')) return `  ${plain(key)}: ${line}\n`;
  const block = stringify(value, { lineWidth: 0 }).replaceAll(/^(?=.)/gm, '    ');
  return `  ${plain(key)}:\n${block}`;
}

/** Nodes of which the same is said are one entry; what differs are patterns, or entries of their own. */
function* nodeEntries(nodes: readonly OwnNode[], contents: Map<string, Buffer>): Generator<string> {
  const alike = new Map<string, { shared: NodeDocument; own: Map<string, Varying> }>();
  for (const { name, document } of nodes) {
    const [shared, own] = takeVarying(document);
    const key = JSON.stringify([tidy(shared), [...own.keys()]]);
    const known = alike.get(key);
    if (known) known.own.set(name, own);
    else alike.set(key, { shared, own: new Map([[name, own]]) });
  }
  for (const { shared, own } of alike.values()) {
    const sorted = sortNames(own.keys());
    for (let start = 0; start < sorted.length; start += MOST_IN_ENTRY) {
      const names = fold(sorted.slice(start, start + MOST_IN_ENTRY));
      yield* entriesOf(names, written(shared, contents), own);
    }
  }
}

function* entriesOf(set: string, shared: object, own: ReadonlyMap<string, Varying>): Generator<string> {
  // Elements of patterns go by the order in which the set is written.
  const names = expandNames(set);
  const paths = [...(own.get(names[0] ?? '')?.keys() ?? [])];
  const document: Record<string, unknown> = structuredClone(shared) as Record<string, unknown>;
  const apart: string[] = [];
  for (const path of paths) {
    const values = names.map((name) => own.get(name)?.get(path) ?? '');
    const pattern = names.length === 1 ? values[0] : patternOf(values);
    if (pattern === undefined) apart.push(path);
    else put(document, path, pattern);
  }
  yield entry(set, document);
  if (apart.length === 0) return;
  for (const name of names) {
    const more: Record<string, unknown> = {};
    for (const path of apart) put(more, path, own.get(name)?.get(path) ?? '');
    yield `  ${plain(name)}: ${flow(more)}\n`;
  }
}

/** `path` as takeVarying names it: keys with blanks between. */
function put(into: Record<string, unknown>, path: string, value: string): void {
  const keys = path.split(' ');
  if (keys[0] === 'macs') {
    into['macs'] = [...((into['macs'] as string[] | undefined) ?? []), value];
    return;
  }
  const last = keys.pop() ?? '';
  let holder = into;
  for (const key of keys) holder = (holder[key] ??= {}) as Record<string, unknown>;
  holder[last] = value;
}

/** Files with their contents instead of digests. */
function written(document: Settings, contents: Map<string, Buffer>): object {
  const tidied = tidy(document) as Settings;
  if (!tidied.files) return tidied;
  const files = Object.entries(tidied.files).map(([path, file]) => [
    path,
    file && withContent(path, file, contents),
  ]);
  return { ...tidied, files: Object.fromEntries(files) as object };
}

function withContent(path: string, { content, ...rest }: FileSpec, contents: Map<string, Buffer>): object {
  if (content === undefined) return rest;
  const bytes = contents.get(content);
  if (!bytes) throw failFile('no-content', { path, digest: content });
  const text = bytes.toString('utf8');
  // Carriage returns, and what YAML does not count as text, would not come back as they were.
  const isText = Buffer.from(text).equals(bytes) && !/[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]/.test(text);
  return isText ? { content: text, ...rest } : { base64: bytes.toString('base64'), ...rest };
}

async function readContents(db: Db, documents: readonly Settings[]): Promise<Map<string, Buffer>> {
  const digests = new Set(
    documents.flatMap(({ files }) => Object.values(files ?? {}).flatMap((file) => file?.content ?? [])),
  );
  if (digests.size === 0) return new Map();
  const rows = await db
    .selectFrom('file_content')
    .select(['digest', 'content'])
    .where('digest', 'in', among([...digests]))
    .execute();
  return new Map(rows.map((row) => [row.digest, Buffer.from(row.content)]));
}
