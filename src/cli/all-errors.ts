/** Loads every module that declares errors, so that the registry is complete. For `slipway errors` and the docs. */
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { registeredErrors, type ErrorText } from '../system/errors.ts';

const source = dirname(import.meta.dirname);

export async function allErrors(): Promise<ReadonlyMap<string, ErrorText>> {
  for await (const file of glob('**/*.ts', { cwd: source })) {
    if (file.endsWith('.test.ts')) continue;
    const path = join(source, file);
    if (/\bdefineErrors\('/.test(await readFile(path, 'utf8'))) await import(path);
  }
  return new Map([...registeredErrors()].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
