import { readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';

/** Everything below a directory, parents first. readdir's own recursion goes through symbolic links. */
export function* walk(directory: string): Generator<{ file: string; entry: Dirent }> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = join(directory, entry.name);
    yield { file, entry };
    if (entry.isDirectory()) yield* walk(file);
  }
}
