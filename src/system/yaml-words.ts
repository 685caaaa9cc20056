/** Words for what zod found wrong with a value: what it must be, what stands there, and what helps. */
import { isScalar } from 'yaml';
import type { z } from 'zod';
import { closest } from './closest.ts';
import { WORDS } from './schema-walk.ts';
import type { SourceDocument } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export const HINT = 'See the reference of its keys in docs/reference/.';

/** `must be a number, not "x"` */
export function message(issue: Issue, path: Path, value: unknown): string {
  if (issue.code === 'invalid_type') {
    const word = WORDS[issue.expected] ?? issue.expected;
    return value === undefined ? `is required (${word})` : `must be ${word}${but(value, path)}`;
  }
  if (issue.code === 'invalid_value' && issue.values.length === 1)
    return `must be ${String(issue.values[0])}${but(value, path)}`;
  if (issue.code === 'invalid_value')
    return value === undefined
      ? `is required (${issue.values.join(', ')})`
      : `must be one of ${issue.values.join(', ')}${but(value, path)}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const empty = typeof value === 'object' || value === '';
    return empty ? limits(issue) : `${limits(issue)}${but(value, path)}`;
  }
  if (issue.code === 'invalid_format') {
    const text = issue.message.startsWith('Invalid')
      ? `must be ${issue.format === 'regex' ? 'of the right form' : `a valid ${issue.format}`}`
      : issue.message;
    return `${text}${but(value, path)}`;
  }
  return issue.message;
}

function limits(issue: Issue & { code: 'too_small' | 'too_big' }): string {
  const count = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === 'string')
    return issue.code === 'too_small' && issue.minimum === 1
      ? 'must not be empty'
      : `must have ${count} characters`;
  if (issue.origin === 'array')
    return issue.code === 'too_small' && issue.minimum === 1
      ? 'must not be an empty list'
      : `must have ${count} entries`;
  return `must be ${count}`;
}

/** What to do about it. */
export function hint(issue: Issue, path: Path, value: unknown, source: SourceDocument): string {
  if (
    issue.code === 'invalid_type' &&
    issue.expected === 'boolean' &&
    typeof value === 'string' &&
    /^(y|n|yes|no|on|off)$/i.test(value)
  )
    return `YAML 1.2 has only true and false: write ${/^(y|yes|on)$/i.test(value) ? 'true' : 'false'}.`;
  if (
    issue.code === 'invalid_type' &&
    issue.expected === 'string' &&
    (typeof value === 'number' || typeof value === 'boolean')
  )
    return secret(path) ? 'Put it in quotes.' : `Put it in quotes: "${written(path, value, source)}".`;
  if (issue.code === 'invalid_type' && issue.expected === 'array' && typeof value === 'string')
    return `Write a list: [${value}]`;
  if (issue.code === 'invalid_value') {
    const near = closest(String(value), issue.values.map(String));
    if (near) return `Did you mean ${near}?`;
  }
  return HINT;
}

/** The characters in the file: 0644 and 1.10 are other numbers once they are read. */
function written(path: Path, value: string | number | boolean, source: SourceDocument): string {
  const node: unknown = source.document.getIn(path, true);
  const overridden = source.overrides?.some((o) =>
    o.path.every((part, i) => String(part) === String(path[i])),
  );
  return !overridden && isScalar(node) && node.source ? node.source : String(value);
}

/** `, not 5`: what stands there instead, unless that is a secret. */
export function but(value: unknown, path: Path): string {
  if (value === null) return ', not empty';
  if (Array.isArray(value)) return ', not a list';
  if (typeof value === 'object') return ', not a map';
  if (secret(path)) return '';
  const text = JSON.stringify(value) ?? 'nothing';
  return `, not ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`;
}

/** What stands there never gets into an error: it would end in logs. */
function secret(path: Path): boolean {
  return path.some((key) => /passw|secret|token/i.test(String(key)));
}
