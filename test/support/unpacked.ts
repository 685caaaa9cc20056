/** The tree of an image as one directory, unpacked layer over layer: for looking at what a build made. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import { Sandbox } from '../../src/system/sandbox.ts';
import { workDirectory } from '../../src/system/workdir.ts';
import type { Installation } from '../../src/system/config.ts';

/** Gone when disposed. Owners, links, xattrs, ACLs and capabilities are kept. */
export async function unpacked(
  installation: Installation,
  ref: string,
): Promise<AsyncDisposable & { path: string }> {
  const catalog = await Catalog.open(installation.paths);
  const { config } = await catalog.resolve(ref);
  const lowers = config.layers.map(({ digest, format }) => ({ blob: catalog.blobPath(digest), format }));
  await using work = await workDirectory(installation.paths, 'unpacked');
  await using sandbox = await Sandbox.open(installation.paths, work.path, lowers, false);
  const path = await mkdtemp(join(tmpdir(), 'slipway-unpacked-'));
  execFileSync('cp', ['--archive', '--no-target-directory', `${sandbox.root}/.`, path]);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
