/** Values of a parameters file by key, read as what they are to be; mistakes are collected with their places. */
import { reworded, SlipwayError, type Place } from '../system/errors.ts';
import type { Tree } from '../system/yaml-tree.ts';
import { checkPackages } from './check.ts';
import { fail } from './errors.ts';

export class Values {
  readonly errors: SlipwayError[] = [];
  /** Of keys, where they have none. */
  readonly keys = new Map<string, Place>();
  readonly places: Record<string, Place> = {};
  readonly #entries = new Map<string, Tree>();
  readonly #file: string;

  /** @param data the map that has the keys */
  constructor(file: string, data: Extract<Tree, { kind: 'map' }>) {
    this.#file = file;
    for (const [key, { at, value }] of data.entries) {
      this.keys.set(key, this.at(at));
      this.places[key] = this.at(value);
      // Python's None is no value; so is nothing at all.
      if (value.kind !== 'text' || (value.text !== null && value.text !== 'None'))
        this.#entries.set(key, value);
    }
    this.places['image_data'] = this.at(data);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** As it stands there. */
  get(key: string): Tree | undefined {
    return this.#entries.get(key);
  }

  /** @param wanted what it must be, for the message; with an example */
  text(key: string, wanted = 'a text', example = `${key}: value`): string | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    if (value.kind === 'text') return value.text ?? undefined;
    this.form(key, wanted, example);
    return undefined;
  }

  /** Says that it has another form than it must. */
  form(key: string, wanted: string, example: string): void {
    this.errors.push(fail('form', { key, wanted, example }, { where: this.places[key] }));
  }

  /** The text as `check` returns it; what that throws is collected. */
  checked<T>(key: string, check: (text: string) => T): T | undefined {
    const text = key === 'name' && !this.has(key) ? '' : this.text(key);
    return text === undefined ? undefined : this.#attempt(key, () => check(text));
  }

  #attempt<T>(key: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      const where = this.places[key];
      this.errors.push(...[error, ...error.also].map((one) => reworded(one, { where, also: [] })));
      return undefined;
    }
  }

  /** YAML 1.1, which disklessset reads, knows these words; and it saves `True` and `False`. */
  boolean(key: string): boolean | undefined {
    const text = this.text(key, 'True or False', `${key}: True`);
    if (text === undefined) return undefined;
    if (/^(true|yes|on|y)$/i.test(text)) return true;
    if (!/^(false|no|off|n)$/i.test(text)) this.form(key, 'True or False', `${key}: False`);
    return false;
  }

  list(key: string): string[] {
    const value = this.#entries.get(key);
    if (value === undefined) return [];
    const items = value.kind === 'list' ? value.items : undefined;
    const texts = items?.flatMap((one) => (one.kind === 'text' && one.text !== null ? [one.text] : []));
    if (!items || !texts || texts.length !== items.length) {
      this.form(key, 'a list of names', `${key}: ['gzip']`);
      return [];
    }
    return this.#attempt(key, () => checkPackages(texts)) ?? [];
  }

  at({ line, column }: { line: number; column: number }): Place {
    return { file: this.#file, line, column };
  }
}
