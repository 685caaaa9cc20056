import type { Format } from '../../src/node/import/formats.ts';
import { readSources, type Reading } from '../../src/node/import/read.ts';
import { SlipwayError } from '../../src/system/errors.ts';

/** Reads one text. @param hosts content of an `/etc/hosts` */
export function reading(text: string, { format, hosts }: { format?: Format; hosts?: string } = {}): Reading {
  return readSources([{ file: 'source', text }], {
    format,
    ...(hosts !== undefined && { hosts: [{ file: 'hosts', text: hosts }] }),
  });
}

/** Documents by name. */
export function documents(read: Reading): Record<string, Record<string, unknown>> {
  const all = (['profiles', 'groups', 'nodes'] as const).map(
    (kind) => [kind, Object.fromEntries(read[kind].map((one) => [one.name, one.document]))] as const,
  );
  return Object.fromEntries(all);
}

/** `field: nodes profiles groups (reason)` */
export function notices(read: Reading): string[] {
  return read.notices.map(({ field, reason, nodes, profiles, groups }) =>
    `${field}: ${[nodes, ...profiles, ...groups].filter((one) => one !== '').join(' ')}${reason && ` (${reason})`}`.trim(),
  );
}

/** All mistakes, as `line:column code message`. */
export function mistakes(text: string, options: Parameters<typeof reading>[1] = {}): string[] {
  try {
    reading(text, options);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return [error, ...error.also].map(
      ({ code, message, where }) => `${where?.line ?? '-'}:${where?.column ?? '-'} ${code} ${message}`,
    );
  }
  return [];
}
