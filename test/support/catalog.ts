/** Small catalogs for tests: blobs of a few bytes that stand for layers, kernel and initramfs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import type { Generation, InstalledPackage, NewGeneration } from '../../src/image/types.ts';
import { pathsUnder, type Paths } from '../../src/system/paths.ts';

export interface TestCatalog extends AsyncDisposable {
  root: string;
  paths: Paths;
  catalog: Catalog;
}

/** A catalog under a new directory that goes away with it. */
export async function testCatalog(): Promise<TestCatalog> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-catalog-'));
  const paths = pathsUnder(root);
  return {
    root,
    paths,
    catalog: await Catalog.open(paths),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

export interface Content {
  layers?: (string | Uint8Array)[];
  packages?: InstalledPackage[];
  kernel?: string;
  format?: 'squashfs' | 'erofs';
}

/** Puts blobs with this content and returns what a build would hand over. */
export async function newGeneration(
  catalog: Catalog,
  name: string,
  content: Content = {},
): Promise<NewGeneration> {
  const layers = [];
  for (const [i, bytes] of (content.layers ?? ['base layer', `layer of ${name}`]).entries())
    layers.push({
      ...(await catalog.putBlob(bytes)),
      format: content.format ?? 'squashfs',
      title: `layer ${i}`,
      key: '',
      unpacked: bytes.length,
    });
  const version = content.kernel ?? '6.1.0-1-amd64';
  return {
    config: {
      name,
      os: 'linux',
      architecture: 'amd64',
      date: '2026-01-01T00:00:00Z',
      layers,
      kernel: { version, arguments: ['quiet'], modules: [] },
      packages: content.packages ?? [{ name: 'bash', version: '5.2', architecture: 'amd64' }],
      system: { ID: 'debian', VERSION_ID: '12', PRETTY_NAME: 'Debian GNU/Linux 12 (bookworm)' },
    },
    kernel: await catalog.putBlob(`kernel ${version}`),
    initramfs: await catalog.putBlob(`initramfs ${version}`),
  };
}

/** Publishes it at once. */
export async function publish(
  catalog: Catalog,
  name: string,
  content?: Content,
  tags?: string[],
): Promise<Generation> {
  return await catalog.publish(await newGeneration(catalog, name, content), { tags });
}

/** Writes a file in a new directory below `root`. */
export async function fileUnder(root: string, name: string, content: string | Uint8Array): Promise<string> {
  await mkdir(join(root, 'files'), { recursive: true });
  const path = join(root, 'files', name);
  await writeFile(path, content);
  return path;
}
