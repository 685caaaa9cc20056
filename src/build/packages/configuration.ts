import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';

/** Regular files at and below `paths` of a tree, each with its content in base64: what an identity is made of. */
export async function configurationFiles(
  sandbox: Sandbox,
  paths: readonly string[],
): Promise<[path: string, content: string][]> {
  const found: [string, string][] = [];
  const visit = async (path: string) => {
    const real = await sandbox.path(path);
    const info = await lstat(real).catch(() => undefined);
    if (info?.isFile()) found.push([path, await readFile(real, 'base64')]);
    if (info?.isDirectory())
      for (const name of (await readdir(real)).toSorted()) await visit(join(path, name));
  };
  for (const path of paths) await visit(path);
  return found;
}
