/** Single values of a recipe that a schema cannot judge alone. */
import { checkImageName, parseReference } from '../image/reference.ts';
import { SlipwayError, type Place } from '../system/errors.ts';
import { fail } from './errors.ts';
import type { Recipe } from './schema.ts';

/** Paths have a slash or end like YAML files; all else is a reference to the catalog. */
export function isPath(from: string): boolean {
  return from.includes('/') || /\.ya?ml$/.test(from);
}

/** @throws SlipwayError `recipe/bad-from` */
export function checkReference(from: string, where: Place): void {
  try {
    parseReference(from);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw fail('bad-from', { reason: cause.message }, { where, cause });
  }
}

/** @throws SlipwayError `recipe/bad-name` */
export function checkName(name: string, where: Place): void {
  try {
    checkImageName(name);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw fail('bad-name', { name }, { where, cause });
  }
}

/** Seconds since 1970 of `date`, else of SOURCE_DATE_EPOCH. @throws SlipwayError `recipe/bad-epoch` */
export function epochOf(
  recipe: Recipe,
  env: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (recipe.date !== undefined) return Date.parse(recipe.date) / 1000;
  const value = env['SOURCE_DATE_EPOCH'];
  if (!value) return undefined;
  if (!/^\d{1,10}$/.test(value))
    throw fail('bad-epoch', { value: JSON.stringify(value) }, { where: { file: 'SOURCE_DATE_EPOCH' } });
  return Number(value);
}
