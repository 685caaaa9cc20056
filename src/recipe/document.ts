/** Recipe files as documents: read within limits, never in a circle. */
import { realpath } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { placeText, type Place } from '../system/errors.ts';
import { parseYaml, type SourceDocument } from '../system/yaml.ts';
import { fail } from './errors.ts';
import { named, readText, type Budget, type Named } from './read-text.ts';

/** A file on the way from the recipe to the one being read. */
export interface Link {
  /** Without symbolic links: what makes two names one file. */
  real: string;
  /** Where it was named; undefined for the recipe itself. */
  via?: Place;
}

/** An open document, and where its relative paths begin. */
export interface Opened {
  source: SourceDocument;
  absolute: string;
  base: string;
  chain: Link[];
}

const DEEPEST = 16;

/**
 * Reads a recipe or fragment that `key` (`from`, `include`) names, and parses it.
 * @throws SlipwayError `recipe/cycle` with the way round, `recipe/too-much`, and as `readText` and `parseYaml`
 */
export async function openDocument(
  file: Named,
  key: string,
  chain: readonly Link[],
  budget: Budget,
): Promise<Opened> {
  const { path, absolute, where } = file;
  const real = await realpath(absolute).catch(() => absolute);
  const before = chain.findIndex((link) => link.real === real);
  if (before >= 0) {
    const way = [...chain.slice(before + 1).map((link) => link.via), where];
    const text = [...way.map((place) => (place ? placeText(place) : '')), path].join(' → ');
    throw fail('cycle', { key, chain: text }, { where });
  }
  if (chain.length >= DEEPEST)
    throw fail('too-much', { limit: `${DEEPEST} files one in another` }, { where });
  const source = parseYaml(await readText(file, budget), path);
  return { source, absolute, base: dirname(absolute), chain: [...chain, { real, via: where }] };
}

/** A file that `opened` names, shown as a path that leads there from where the user stands. */
export function beside(opened: Opened, path: string, where: Place): Named {
  const shown = path.startsWith('/') ? path : normalize(join(dirname(opened.source.file), path));
  return { ...named(path, opened.base, where), path: shown };
}
