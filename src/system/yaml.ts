/** YAML against a zod schema, with every mistake placed as `file:line:column`. */
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml';
import type { z } from 'zod';
import { defineErrors, SlipwayError, type Place } from './errors.ts';
import { closest } from './closest.ts';

const fail = defineErrors('yaml', {
  syntax: {
    what: 'Not valid YAML: {message}',
    why: 'The file could not be read as YAML 1.2.',
    todo: 'Mend the line; indentation must be spaces.',
    exit: 2,
  },
  'unknown-key': {
    what: 'Unknown key {key}',
    why: 'No such key exists here; it would be ignored silently otherwise. Known: {known}.',
    todo: '{hint}',
    exit: 2,
  },
  'wrong-value': {
    what: '{path}: {message}',
    why: 'The value does not have the form that this key needs.',
    todo: '{hint}',
    exit: 2,
  },
});

/** A parsed document that still knows where everything stands. */
export interface SourceDocument {
  file: string;
  document: Document.Parsed;
  lines: LineCounter;
  value: unknown;
}

/** Parses without a schema. @throws SlipwayError `yaml/syntax` with all syntax errors */
export function parseYaml(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  throwAll(
    document.errors.map((e) => {
      const at = lines.linePos(e.pos[0]);
      return fail('syntax', { message: e.message }, { where: { file, line: at.line, column: at.col } });
    }),
  );
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    throw fail('syntax', { message: (cause as Error).message }, { where: { file }, cause });
  }
  return { file, document, lines, value };
}

/** Where the value (or, with `key`, the key) at `path` stands. Falls back to the nearest parent. */
export function placeOf(source: SourceDocument, path: readonly PropertyKey[], key = false): Place {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length) as (string | number)[];
    const node = source.document.getIn(part, true) as Node | undefined;
    const holder = source.document.getIn(part.slice(0, -1), true);
    const pair = isMap(holder) ? holder.items.find((p) => isScalar(p.key) && p.key.value === part.at(-1)) : undefined;
    const chosen = key && length === path.length ? ((pair as Pair<Node> | undefined)?.key ?? node) : (node ?? undefined);
    const range = (chosen as Node | undefined)?.range ?? (pair as Pair<Node> | undefined)?.key.range;
    if (range) {
      const at = source.lines.linePos(range[0]);
      return { file: source.file, line: at.line, column: at.col };
    }
  }
  return { file: source.file, line: 1, column: 1 };
}

/** Checks a parsed document. @throws SlipwayError `yaml/…`, the first mistake with all others in `also` */
export function checkYaml<S extends z.ZodType>(schema: S, source: SourceDocument, value = source.value): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throwAll(result.error.issues.flatMap((issue) => explain(issue, schema, source)));
  throw result.error;
}

/** {@link parseYaml} and {@link checkYaml}. An empty file counts as `{}`. */
export function parseYamlAs<S extends z.ZodType>(schema: S, text: string, file: string): z.output<S> {
  const source = parseYaml(text, file);
  return checkYaml(schema, source, source.value ?? {});
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, source: SourceDocument): SlipwayError[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const near = closest(key, known);
      return fail(
        'unknown-key',
        { key: JSON.stringify(key), known: known.join(', ') || 'none', hint: near ? `Did you mean ${JSON.stringify(near)}?` : 'Remove it.' },
        { where: placeOf(source, [...issue.path, key], true) },
      );
    });
  }
  // The branch of a union that got furthest says best what is wrong.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.map((errors) => errors.map((e) => ({ ...e, path: [...issue.path, ...e.path] })));
    const deepest = branches.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(deepest) > issue.path.length || issue.errors.length === 1)
      return deepest.flatMap((e) => explain(e, schema, source));
  }
  const value = at(source.value, issue.path);
  const path = issue.path.join('.') || 'the document';
  return [
    fail('wrong-value', { path, message: message(issue, value), hint: hint(issue, value) }, { where: placeOf(source, issue.path) }),
  ];
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((i) => i.path.length + (i.code === 'unrecognized_keys' ? 0.5 : 0)));
}

function message(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type' && value === undefined) return `is required (${issue.expected})`;
  if (issue.code === 'invalid_type') return `must be ${issue.expected}, not ${JSON.stringify(value)}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}, not ${JSON.stringify(value)}`;
  return issue.message;
}

function hint(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type' && issue.expected === 'boolean' && typeof value === 'string' && /^(yes|no|on|off)$/i.test(value))
    return `YAML 1.2 has only true and false: write ${/^(yes|on)$/i.test(value) ? 'true' : 'false'}.`;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof value === 'number') return `Put it in quotes: "${value}".`;
  if (issue.code === 'invalid_value') {
    const near = closest(String(value), issue.values.map(String));
    if (near) return `Did you mean ${near}?`;
  }
  return 'See slipway recipe schema, or docs/reference/configuration.md.';
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** Keys that the schema has at `path`, over all branches of unions. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: z.core.$ZodType[] = [schema];
  const open = (types: z.core.$ZodType[]): z.core.$ZodType[] =>
    types.flatMap((type) => {
      const def = type._zod.def as { type: string; options?: z.core.$ZodType[]; innerType?: z.core.$ZodType; in?: z.core.$ZodType; getter?: () => z.core.$ZodType };
      if (def.options) return open(def.options);
      if (def.innerType) return open([def.innerType]);
      if (def.type === 'pipe' && def.in) return open([def.in]);
      if (def.type === 'lazy' && def.getter) return open([def.getter()]);
      return [type];
    });
  for (const key of path)
    here = open(here).flatMap((type) => {
      const def = type._zod.def as { shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType; valueType?: z.core.$ZodType };
      const next = def.shape?.[String(key)] ?? def.element ?? def.valueType;
      return next ? [next] : [];
    });
  const keys = open(here).flatMap((type) => Object.keys((type._zod.def as { shape?: object }).shape ?? {}));
  return [...new Set(keys)];
}

/** Throws the first error with the others in `also`; nothing if there is none. */
export function throwAll(errors: readonly SlipwayError[]): void {
  const [first, ...also] = errors;
  if (first) throw new SlipwayError(first.code, { what: first.message, why: first.why, todo: first.todo, exit: first.exit }, { where: first.where, also });
}
