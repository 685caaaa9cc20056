/** What a zod schema says at a path: for messages that name the keys there. */
import type { z } from 'zod';

type Type = z.core.$ZodType;

/** The parts of zod's definitions that matter here; each kind of type has some of them. */
interface Definition {
  type: string;
  options?: Type[];
  innerType?: Type;
  in?: Type;
  shape?: Record<string, Type>;
  element?: Type;
  valueType?: Type;
}

function definition(type: Type): Definition {
  return type._zod.def;
}

/** Takes off defaults, optionals and transforms: what the input must be. */
function bare(type: Type): Type {
  const { innerType, type: kind, in: input } = definition(type);
  if (innerType) return bare(innerType);
  return kind === 'pipe' && input ? bare(input) : type;
}

/** The alternatives of a union (not those of unions within), else undefined. */
export function optionsOf(type: Type): Type[] | undefined {
  return definition(bare(type)).options;
}

/** Keys and types of an object type, else undefined. */
export function shapeOf(type: Type): Record<string, Type> | undefined {
  return definition(bare(type)).shape;
}

function leaves(type: Type): Type[] {
  return optionsOf(type)?.flatMap(leaves) ?? [bare(type)];
}

/** All types that the schema allows at `path`, through every branch of unions on the way. */
export function typesAt(root: Type, path: readonly PropertyKey[]): Type[] {
  let here = [root];
  for (const key of path)
    here = here.flatMap(leaves).flatMap((type) => {
      const { shape, element, valueType } = definition(type);
      const own = shape && Object.hasOwn(shape, key) ? shape[String(key)] : undefined;
      const next = own ?? element ?? valueType;
      return next ? [next] : [];
    });
  return here;
}

/** Keys that the schema knows at `path`, over all branches of unions. */
export function keysAt(root: Type, path: readonly PropertyKey[]): string[] {
  return [
    ...new Set(
      typesAt(root, path)
        .flatMap(leaves)
        .flatMap((type) => Object.keys(shapeOf(type) ?? {})),
    ),
  ];
}

/**
 * For a union of objects that are told apart by a key of their own: that key for each option, such as
 * `packages` and `run` for steps. Empty for an option without one.
 */
export function kindKeys(options: readonly Type[]): string[][] {
  const shapes = options.map((option) => shapeOf(option) ?? {});
  return shapes.map((shape, i) =>
    Object.keys(shape).filter(
      (key) =>
        shape[key]?._zod.optin === undefined &&
        shapes.every((other, j) => i === j || !Object.hasOwn(other, key)),
    ),
  );
}

/** What users call the input of this type. */
export function wordFor(type: Type): string {
  const { type: kind } = definition(bare(type));
  return WORDS[kind] ?? kind;
}

/** zod's names of types in the words of YAML's users. */
export const WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'empty',
};

/** The title given by `.meta({ title })`: what users call the thing. */
export function titleOf(type: Type): string | undefined {
  return (bare(type) as z.ZodType).meta()?.title;
}
