/** `--set key=value`: values from the command line, put into the document before it is checked. */
import { reworded, SlipwayError, throwAll, type Place } from '../system/errors.ts';
import { parseYaml, type SourceDocument } from '../system/yaml.ts';
import { fail } from './errors.ts';

/** A value for one place in a document. `place` is what errors about it point to. */
export interface Override {
  path: string[];
  value: unknown;
  place: Place;
}

/** Parses `source.debian.suite=trixie`. @throws SlipwayError `recipe/set-form`, `yaml/syntax` */
export function parseSet(text: string): Override {
  const equals = text.indexOf('=');
  const key = text.slice(0, Math.max(equals, 0));
  const path = key.split('.');
  const place = { file: `--set ${/passw|secret|token/i.test(key) ? `${key}=…` : text}` };
  if (path.some((part) => part === ''))
    throw fail('set-form', { text: equals < 0 ? text : place.file }, { where: place });
  try {
    return { path, value: parseYaml(text.slice(equals + 1), place.file).value, place };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    // Line and column of the value alone would point nowhere.
    throw reworded(error, { where: place, also: [] });
  }
}

/** The document with all overrides; the given one stays as it is. @throws SlipwayError `recipe/set-path`, all at once */
export function applyOverrides(source: SourceDocument, overrides: readonly Override[]): SourceDocument {
  const errors: SlipwayError[] = [];
  let { value } = source;
  const placed = [...(source.overrides ?? [])];
  for (const { path, value: leaf, place } of overrides)
    try {
      const set = put(value ?? {}, path, 0, leaf, place);
      value = set.value;
      placed.push({ path: path.slice(0, set.depth), place });
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      errors.push(error);
    }
  throwAll(errors);
  return { ...source, value, overrides: placed };
}

/** Copies along the path: what aliases share must not change. `depth`: length of the first part of the path that is new. */
function put(
  holder: unknown,
  path: readonly string[],
  at: number,
  leaf: unknown,
  place: Place,
): { value: unknown; depth: number } {
  const key = path[at];
  if (key === undefined) return { value: leaf, depth: path.length };
  const refuse = (reason: string, hint: string) =>
    fail('set-path', { path: path.slice(0, at + 1).join('.'), reason, hint }, { where: place });
  const here = at === 0 ? 'the recipe' : path.slice(0, at).join('.');
  const isNew = (known: boolean, depth: number) => (known ? depth : at + 1);

  if (Array.isArray(holder) || (holder === undefined && key === '0')) {
    const list: unknown[] = Array.isArray(holder) ? holder : [];
    if (!/^(0|[1-9]\d{0,8})$/.test(key))
      throw refuse(`${here} is a list`, `Count its entries from 0: ${here}.0 to ${here}.${list.length}.`);
    const index = Number(key);
    if (index > list.length)
      throw refuse(
        `the list has ${list.length} entries`,
        `Change one of them, or add one: ${here}.${list.length}.`,
      );
    const set = put(list[index], path, at + 1, leaf, place);
    return { value: list.toSpliced(index, 1, set.value), depth: isNew(index < list.length, set.depth) };
  }
  if (typeof holder === 'object' || holder === undefined) {
    const map = holder ?? {};
    const known = Object.hasOwn(map, key);
    const set = put(known ? (map as Record<string, unknown>)[key] : undefined, path, at + 1, leaf, place);
    return { value: { ...map, [key]: set.value }, depth: isNew(known, set.depth) };
  }
  throw refuse(`${here} is a single value`, `Set ${here} itself.`);
}
