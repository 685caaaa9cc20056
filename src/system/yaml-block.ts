/**
 * The part of YAML that programs write: maps and lists told by indentation, texts on
 * one line. It is read line by line, twenty times as fast as all of YAML. Whatever
 * else stands there (anchors, tags, block and flow collections, texts over several
 * lines, escapes, and every mistake) makes it give up: then the whole file is read
 * again by `yaml`, which the tests compare it with.
 */
import type { ListTree, MapTree, TextTree, Tree } from './yaml-tree.ts';

class GiveUp extends Error {}
/** Made once: giving up needs no trace. */
const OTHER = new GiveUp('more than blocks');

const DEEPEST = 64;
const PLAIN_KEY = /^[\w./](?:[^:#"'\\{}[\],]*[^:#"'\\{}[\], ])?$/;
const QUOTED_KEY = /^(?:"([^"\\]{0,500})"|'([^']{0,500})') *:(?= |$) */;
const QUOTED = /^(?:"([^"\\]*)"|'((?:[^']|'')*)')(?: +#.*| *)$/;
const NULL = /^(?:~|null|Null|NULL)$/;
/** What may start a text without quotes. */
const PLAIN = /^(?:[^\s!&*|>%@`"'#{}[\],?:-]|[?:-][^\s,[\]{}])/;

/** The tree, or nothing if the text has more than this reader knows. */
export function readBlocks(text: string): Tree | undefined {
  // Tabs, control characters and marks in the midst are for the other reader to judge.
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]|\r(?!\n)|\n(?:---|\.\.\.)/.test(text))
    return undefined;
  try {
    return new Reader(text).read();
  } catch (error) {
    if (error instanceof GiveUp) return undefined;
    throw error;
  }
}

class Reader {
  readonly #lines: string[];
  /** The present line, counted from 0; its indentation and what follows; -1 behind the last. */
  #number = -1;
  #indent = -1;
  #content = '';

  constructor(text: string) {
    this.#lines = text.split('\n');
    if (/^---\r?$/.test(this.#lines[0] ?? '') && this.#lines.length > 1) this.#lines[0] = '';
  }

  read(): Tree | undefined {
    this.#next();
    if (this.#indent < 0) return { kind: 'text', text: null, line: 1, column: 1 };
    const tree = this.#block(0);
    if (this.#indent >= 0) throw OTHER;
    return tree;
  }

  /** To the next line that is neither empty nor a comment. */
  #next(): void {
    for (this.#number++; this.#number < this.#lines.length; this.#number++) {
      const line = this.#lines[this.#number] ?? '';
      let end = line.length;
      // Only these: other blanks are text.
      while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\r')) end--;
      let indent = 0;
      while (indent < end && line[indent] === ' ') indent++;
      if (indent === end || line[indent] === '#') continue;
      this.#indent = indent;
      this.#content = line.slice(indent, end);
      return;
    }
    this.#indent = -1;
  }

  #block(depth: number): Tree {
    if (depth > DEEPEST) throw OTHER;
    return this.#isItem() ? this.#list(depth) : this.#map(depth);
  }

  #isItem(): boolean {
    return this.#content.startsWith('- ') || this.#content === '-';
  }

  #map(depth: number): MapTree {
    const indent = this.#indent;
    const entries: MapTree['entries'] = new Map();
    const map: MapTree = { kind: 'map', entries, ...this.#at() };
    while (this.#indent === indent && !this.#isItem()) {
      const found = keyOf(this.#content);
      if (!found) throw OTHER;
      const { key, length } = found;
      if (entries.has(key) || key === '<<' || NULL.test(key)) throw OTHER;
      const at = this.#at();
      entries.set(key, { at, value: this.#value(length, indent, depth, true) });
    }
    if (this.#indent > indent || (this.#indent === indent && depth === 0)) throw OTHER;
    return map;
  }

  #list(depth: number): ListTree {
    const indent = this.#indent;
    const items: Tree[] = [];
    const list: ListTree = { kind: 'list', items, ...this.#at() };
    while (this.#indent === indent && this.#isItem()) {
      const rest = this.#content.slice(1).replace(/^ +/, '');
      const offset = this.#content.length - rest.length;
      if (keyOf(rest)) {
        // `- key: value`: a map that begins in this line.
        this.#indent += offset;
        this.#content = rest;
        items.push(this.#block(depth + 1));
      } else if (rest.startsWith('- ') || rest === '-') throw OTHER;
      else items.push(this.#value(offset, indent, depth, false));
    }
    if (this.#indent > indent) throw OTHER;
    return list;
  }

  /** What stands behind a key or a dash, or below it. */
  #value(offset: number, indent: number, depth: number, inMap: boolean): Tree {
    const { line, column } = this.#at();
    const at = { line, column: column + offset };
    const rest = this.#content.slice(offset);
    this.#next();
    const below = this.#indent > indent;
    if (rest === '' || rest.startsWith('#')) {
      if (below || (inMap && this.#indent === indent && this.#isItem())) return this.#block(depth + 1);
      return { kind: 'text', text: null, ...at };
    }
    // The text might go on.
    if (below) throw OTHER;
    if (rest === '{}') return { kind: 'map', entries: new Map(), ...at };
    if (rest === '[]') return { kind: 'list', items: [], ...at };
    return textOf(rest, at);
  }

  #at(): { line: number; column: number } {
    return { line: this.#number + 1, column: this.#indent + 1 };
  }
}

/** The key that a line begins with, and where its value starts. */
function keyOf(content: string): { key: string; length: number } | undefined {
  const colon = content.indexOf(':');
  if (colon < 0) return undefined;
  const behind = content[colon + 1];
  const plain = content.slice(0, colon);
  if ((behind === ' ' || behind === undefined) && colon < 500 && PLAIN_KEY.test(plain)) {
    let length = colon + 1;
    while (content[length] === ' ') length++;
    return { key: plain, length };
  }
  const quoted = QUOTED_KEY.exec(content);
  return quoted ? { key: quoted[1] ?? quoted[2] ?? '', length: quoted[0].length } : undefined;
}

function textOf(rest: string, at: { line: number; column: number }): TextTree {
  const first = rest[0];
  const quoted = first === '"' || first === "'" ? QUOTED.exec(rest) : null;
  if (quoted) return { kind: 'text', text: quoted[1] ?? (quoted[2] ?? '').replaceAll("''", "'"), ...at };
  if (!PLAIN.test(rest) || rest.includes(': ') || rest.endsWith(':')) throw OTHER;
  const comment = rest.indexOf(' #');
  const text = comment < 0 ? rest : rest.slice(0, comment).replace(/ +$/, '');
  return { kind: 'text', text: NULL.test(text) ? null : text, ...at };
}
