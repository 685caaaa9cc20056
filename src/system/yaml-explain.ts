/** Turns what zod found wrong into errors that say what the user wrote, where, and what was probably meant. */
import type { z } from 'zod';
import { closest } from './closest.ts';
import { defineErrors, type SlipwayError } from './errors.ts';
import { keysAt, kindKeys, optionsOf, shapeOf, titleOf, typesAt, wordFor, WORDS } from './schema-walk.ts';
import { placeOf, type SourceDocument } from './yaml-source.ts';
import { but, hint, HINT, message } from './yaml-words.ts';

const fail = defineErrors('yaml', {
  'unknown-key': {
    what: 'Unknown key {key}',
    why: 'No such key exists here; it would be ignored silently otherwise. Known: {known}.',
    todo: '{hint}',
    exit: 2,
  },
  'unknown-kind': {
    what: 'Unknown {thing} {key}',
    why: 'It is told by its key. Known: {known}.',
    todo: '{hint}',
    exit: 2,
  },
  'no-kind': {
    what: '{path}: the {thing} does not say what it is',
    why: 'It is told by its key: one of {known}.',
    todo: 'Add one of these keys, or remove the {thing}.',
    exit: 2,
  },
  'several-kinds': {
    what: '{path}: one {thing} cannot be both {first} and {second}',
    why: 'Each {thing} has exactly one of {known}.',
    todo: 'Make two of it, or remove one of the keys.',
    exit: 2,
  },
  'wrong-value': {
    what: '{path}: {message}',
    why: 'The value does not have the form that this key needs.',
    todo: '{hint}',
    exit: 2,
  },
});

type Type = z.core.$ZodType;
type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Errors for one issue. `issue.path` starts at `base` in the document, where `type` is the schema. */
export function explain(issue: Issue, type: Type, source: SourceDocument, base: Path = []): SlipwayError[] {
  const path = [...base, ...issue.path];
  const value = at(source.value, path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(type, issue.path);
    return issue.keys.map((key) => unknownKey(key, known, path, source));
  }
  if (issue.code === 'invalid_union') {
    const union = typesAt(type, issue.path).find((t) => optionsOf(t)?.length === issue.errors.length);
    const options = union && optionsOf(union);
    if (union && options) return explainUnion(issue.errors, union, options, source, path);
  }
  if (issue.code === 'invalid_key') {
    const message = `${JSON.stringify(path.at(-1))} ${issue.issues[0]?.message ?? 'is not a valid key'}`;
    const where = placeOf(source, path, true);
    return [fail('wrong-value', { path: pathText(path.slice(0, -1)), message, hint: HINT }, { where })];
  }
  return [wrongValue(path, message(issue, path, value), hint(issue, path, value, source), source)];
}

/** Rules over several keys are silent where a key was mistyped: the rule fails because of it. */
export function relevant(issues: readonly Issue[]): Issue[] {
  const mistyped = new Set(
    issues.flatMap((i) => (i.code === 'unrecognized_keys' ? [i.path.join('\0')] : [])),
  );
  return issues.filter((i) => i.code !== 'custom' || !mistyped.has(i.path.join('\0')));
}

function unknownKey(key: string, known: string[], path: Path, source: SourceDocument): SlipwayError {
  const near = closest(key, known);
  const hint = near ? `Did you mean ${JSON.stringify(near)}?` : 'Remove it.';
  return fail(
    'unknown-key',
    { key: JSON.stringify(key), known: known.join(', ') || 'none', hint },
    { where: placeOf(source, [...path, key], true) },
  );
}

/** A union fails with the mistakes of every branch: only those of the branch that was meant are of use. */
function explainUnion(
  branches: Issue[][],
  union: Type,
  options: Type[],
  source: SourceDocument,
  path: Path,
): SlipwayError[] {
  const value = at(source.value, path);
  const follow = (i: number, type = options[i]) =>
    relevant(branches[i] ?? []).flatMap((issue) => explain(issue, type ?? union, source, path));
  if (!isMap(value)) {
    const fits = branches.findIndex(
      (issues) => !issues.some((i) => i.path.length === 0 && i.code === 'invalid_type'),
    );
    if (fits >= 0) return follow(fits);
    const words = [...new Set(options.map(wordFor))].join(' or ');
    const kinds = kindKeys(options).flat();
    const needed =
      words === WORDS['object'] && kinds.length > 0 ? `a map with one of ${kinds.join(', ')}` : words;
    const list = typeof value === 'string' && options.some((o) => wordFor(o) === WORDS['array']);
    const hint = list ? `Write a list: [${value}]` : HINT;
    return [wrongValue(path, `must be ${needed}${but(value, path)}`, hint, source)];
  }
  const maps = options.flatMap((option, i) => (shapeOf(option) ? [i] : []));
  if (maps.length === 0)
    return [wrongValue(path, `must be ${options.map(wordFor).join(' or ')}, not a map`, HINT, source)];
  if (maps.length === 1) return follow(maps[0] ?? 0);

  const kinds = kindKeys(options);
  const known = kinds.flat().join(', ');
  const present = kinds.flatMap((keys, i) =>
    keys.filter((key) => Object.hasOwn(value, key)).map((key) => ({ key, i })),
  );
  const [first, second] = present;
  const thing = titleOf(union) ?? 'entry';
  if (first && second && first.i !== second.i) {
    const where = placeOf(source, [...path, second.key], true);
    return [
      fail(
        'several-kinds',
        { path: pathText(path), thing, first: first.key, second: second.key, known },
        { where },
      ),
    ];
  }
  if (first) return follow(first.i);
  const rest = kinds.findIndex((keys) => keys.length === 0);
  if (rest >= 0) return follow(rest, union);

  const all = keysAt(union, []);
  const strangers = Object.keys(value).filter((key) => !all.includes(key));
  const key = strangers.find((k) => closest(k, kinds.flat())) ?? strangers[0];
  if (key === undefined)
    return [fail('no-kind', { path: pathText(path), thing, known }, { where: placeOf(source, path) })];
  const near = closest(key, kinds.flat());
  const hint = near ? `Did you mean ${JSON.stringify(near)}?` : `Write one of ${known}.`;
  return [
    fail(
      'unknown-kind',
      { thing, key: JSON.stringify(key), known, hint },
      { where: placeOf(source, [...path, key], true) },
    ),
  ];
}

function wrongValue(path: Path, message: string, hint: string, source: SourceDocument): SlipwayError {
  return fail('wrong-value', { path: pathText(path), message, hint }, { where: placeOf(source, path) });
}

function pathText(path: Path): string {
  return path.map(String).join('.') || 'the document';
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (v, key) =>
      typeof v === 'object' && v !== null && Object.hasOwn(v, key)
        ? (v as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}
