/** Why a step ran: its inputs now against those of the last build of the same image. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../system/durable.ts';
import type { Paths } from '../system/paths.ts';
import { keyOf } from './key.ts';

/** Hash of each part of a step's key, by the part's name. */
type Parts = Record<string, string>;

export class Explainer {
  readonly #file: string;
  #before: Parts[] = [];
  readonly #now: Parts[] = [];

  private constructor(file: string) {
    this.#file = file;
  }

  static async open(paths: Paths, image: string): Promise<Explainer> {
    const explainer = new Explainer(join(paths.layers, 'inputs', `${image}.json`));
    explainer.#before = JSON.parse(await readFile(explainer.#file, 'utf8').catch(() => '[]')) as Parts[];
    return explainer;
  }

  /** Notes the inputs of layer `index` and says in words why it is a hit or a miss. */
  explain(
    index: number,
    title: string,
    inputs: Record<string, unknown>,
    state: 'hit' | 'miss' | 'forced',
  ): string {
    const now: Parts = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, keyOf(value)]),
    );
    this.#now[index] = now;
    if (state === 'hit') return 'hit: nothing that it sees has changed';
    if (state === 'forced') return 'made: --no-cache';
    const before = this.#before[index];
    if (!before) return `miss: ${title} was not built before`;
    const changed = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
      (name) => now[name] !== before[name],
    );
    return changed.length > 0
      ? `miss: changed: ${changed.join(', ')}`
      : 'miss: its layer is no longer in the cache';
  }

  async save(): Promise<void> {
    await writeDurably(this.#file, JSON.stringify(this.#now), 0o600);
  }
}

/** The parts of a step's inputs by name, for messages. */
export function named(inputs: unknown): Record<string, unknown> {
  if (Array.isArray(inputs))
    return Object.fromEntries(inputs.map((entry: unknown, i) => [partName(entry, i), entry]));
  return typeof inputs === 'object' && inputs !== null ? { ...inputs } : { inputs };
}

function partName(entry: unknown, index: number): string {
  const first: unknown = Array.isArray(entry) ? entry[0] : entry;
  const { to, remove, name } = (first ?? {}) as { to?: string; remove?: string; name?: string };
  return to ?? remove ?? name ?? `entry ${index + 1}`;
}
