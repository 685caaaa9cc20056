/**
 * YAML and JSON as trees of texts that know where they stand, for files of other
 * programs: `012`, `yes` and `52:54:00:12:34:56` stay what was written. Files of
 * 100,000 entries are read in a second or two, where the whole of YAML would take
 * minutes: what programs write is read by yaml-block.ts, everything else by `yaml`.
 */
import { isAlias, isMap, isScalar, isSeq, Scalar, type Document, type LineCounter } from 'yaml';
import type { Place } from './errors.ts';
import { readBlocks } from './yaml-block.ts';
import { parseNodes, syntaxError } from './yaml-source.ts';

/** Lines and columns count from 1. */
export interface At {
  line: number;
  column: number;
}
export interface TextTree extends At {
  kind: 'text';
  /** Null: nothing stands there, `~` or `null`. */
  text: string | null;
}
export interface MapTree extends At {
  kind: 'map';
  /** By key; where the key stands. */
  entries: Map<string, { at: At; value: Tree }>;
}
export interface ListTree extends At {
  kind: 'list';
  items: Tree[];
}
export type Tree = TextTree | MapTree | ListTree;

/** What an alias stands for counts wherever it is used: this many values in all. */
const MOST_VALUES = 20_000_000;

/** Reads one document. @throws SlipwayError `yaml/syntax` */
export function readYamlTree(text: string, file: string): Tree {
  return readBlocks(text) ?? readWhole(text, file);
}

/** All of YAML, at the speed of `yaml`. @throws SlipwayError `yaml/syntax` */
export function readWhole(text: string, file: string): Tree {
  const { document, lines } = parseNodes(text, file);
  if (document.contents === null) return { kind: 'text', text: null, line: 1, column: 1 };
  try {
    return new Converter(document, lines, file).convert(document.contents).tree;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw syntaxError('nested too deeply', { file, line: 1, column: 1 }, cause);
  }
}

interface Sized {
  tree: Tree;
  /** Values in it, those behind aliases counted at each use. */
  size: number;
}

class Converter {
  readonly #done = new Map<unknown, Sized | 'open'>();
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #file: string;

  constructor(document: Document.Parsed, lines: LineCounter, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  convert(node: unknown): Sized {
    const known = this.#done.get(node);
    if (known === 'open') throw this.#wrong('an alias stands inside of what it stands for', node);
    if (known) return known;
    this.#done.set(node, 'open');
    const made = this.#make(node);
    if (made.size > MOST_VALUES) throw this.#wrong('its aliases stand for too much', node);
    this.#done.set(node, made);
    return made;
  }

  #make(node: unknown): Sized {
    const at = this.#at(node);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (!target) throw this.#wrong(`there is no anchor ${node.source}`, node);
      return this.convert(target);
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.convert(item));
      return { tree: { kind: 'list', items: items.map((one) => one.tree), ...at }, size: sum(items) };
    }
    if (isMap(node)) {
      const entries: MapTree['entries'] = new Map();
      const values: Sized[] = [];
      for (const { key, value } of node.items) {
        if (!isScalar(key)) throw this.#wrong('a key must be a text', key ?? node);
        const made = this.convert(value);
        values.push(made);
        const name = written(key) ?? '';
        if (name === '<<' && key.type === Scalar.PLAIN) merge(entries, made.tree);
        else entries.set(name, { at: this.#at(key), value: made.tree });
      }
      return { tree: { kind: 'map', entries, ...at }, size: sum(values) };
    }
    return { tree: { kind: 'text', text: isScalar(node) ? written(node) : null, ...at }, size: 1 };
  }

  #at(node: unknown): At {
    const range = (node as { range?: [number, number, number] } | null)?.range;
    const at = range && this.#lines.linePos(range[0]);
    return { line: at?.line ?? 1, column: at?.col ?? 1 };
  }

  #wrong(message: string, node: unknown): Error {
    const where: Place = { file: this.#file, ...this.#at(node) };
    return syntaxError(message, where);
  }
}

const sum = (all: readonly Sized[]) => all.reduce((total, one) => total + one.size, 1);

/** `<<: *other`: keys of the map itself win, wherever they stand. */
function merge(into: MapTree['entries'], tree: Tree): void {
  for (const one of tree.kind === 'list' ? tree.items : [tree])
    if (one.kind === 'map') for (const [key, entry] of one.entries) if (!into.has(key)) into.set(key, entry);
}

/** The text as it was written, whatever YAML would make of it. */
function written({ value, source, type }: Scalar): string | null {
  if (value === null || value === undefined) return null;
  if (type === Scalar.PLAIN && source !== undefined) return source;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
