/** JSON as a tree of texts with places, with the comments that Kea allows: `#`, `//`, and C's. */
import { SlipwayError, type Place } from '../../system/errors.ts';
import type { MapTree, Tree } from '../../system/yaml-tree.ts';
import { placesOf } from './dhcpd.ts';
import { fail } from './errors.ts';
import type { Source } from './source.ts';

const DEEPEST = 100;
const SKIP = /(?:[ \t\r\n]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const OTHER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** @throws SlipwayError `import/syntax` */
export function readJsonTree(format: string, { file, text }: Source): Tree {
  return new Reader(format, file, text).document();
}

class Reader {
  readonly #format: string;
  readonly #file: string;
  readonly #text: string;
  readonly #places: ReturnType<typeof placesOf>;
  #position = 0;

  constructor(format: string, file: string, text: string) {
    this.#format = format;
    this.#file = file;
    this.#text = text;
    this.#places = placesOf(text);
  }

  document(): Tree {
    const tree = this.#value(0);
    if (this.#peek() !== '') throw this.#wrong('something follows the end');
    return tree;
  }

  #wrong(problem: string): SlipwayError {
    const where: Place = { file: this.#file, ...this.#places(this.#position) };
    return fail('syntax', { format: this.#format, problem }, { where });
  }

  /** The next character that is no blank or comment; '' at the end. */
  #peek(): string {
    SKIP.lastIndex = this.#position;
    SKIP.test(this.#text);
    this.#position = Math.max(this.#position, SKIP.lastIndex);
    return this.#text[this.#position] ?? '';
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#position += found.length;
    return found;
  }

  #string(): string {
    const found = this.#take(STRING);
    if (found === undefined) throw this.#wrong('a text in quotes is needed');
    return JSON.parse(found) as string;
  }

  #value(depth: number): Tree {
    const first = this.#peek();
    const at = this.#places(this.#position);
    if (depth > DEEPEST) throw this.#wrong('nested too deeply');
    if (first === '"') return { kind: 'text', text: this.#string(), ...at };
    if (first === '{') return { kind: 'map', entries: this.#map(depth), ...at };
    if (first === '[') return { kind: 'list', items: this.#list(depth), ...at };
    const word = this.#take(OTHER);
    if (word === undefined) throw this.#wrong('a value is needed');
    return { kind: 'text', text: word === 'null' ? null : word, ...at };
  }

  #list(depth: number): Tree[] {
    const items: Tree[] = [];
    this.#position++;
    while (this.#peek() !== ']') {
      items.push(this.#value(depth + 1));
      this.#comma(']');
    }
    this.#position++;
    return items;
  }

  #map(depth: number): MapTree['entries'] {
    const entries: MapTree['entries'] = new Map();
    this.#position++;
    while (this.#peek() !== '}') {
      const at = this.#places(this.#position);
      const key = this.#string();
      if (this.#peek() !== ':') throw this.#wrong('a colon is needed');
      this.#position++;
      entries.set(key, { at, value: this.#value(depth + 1) });
      this.#comma('}');
    }
    this.#position++;
    return entries;
  }

  #comma(end: string): void {
    const next = this.#peek();
    if (next === ',') this.#position++;
    else if (next !== end) throw this.#wrong(`a comma or ${end} is needed`);
  }
}
