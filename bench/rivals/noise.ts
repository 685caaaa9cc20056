/** An image whose only layer is noise: what it has in it does not matter for how it is served. */
import { randomFillSync } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import type { Digest } from '../../src/image/types.ts';
import type { Paths } from '../../src/system/paths.ts';

/** Publishes `noise:1` with a layer of `size` bytes, a multiple of a MiB. */
export async function noiseImage(paths: Paths, size: number): Promise<{ digest: Digest; size: number }> {
  const catalog = await Catalog.open(paths);
  const file = join(paths.work, 'noise');
  await mkdir(paths.work, { recursive: true });
  {
    await using handle = await open(file, 'wx');
    const chunk = Buffer.alloc(1 << 20);
    for (let at = 0; at < size; at += chunk.length) await handle.write(randomFillSync(chunk));
  }
  const layer = await catalog.adoptBlob(file);
  await publishNoise(paths, layer, 'no initramfs');
  return { digest: layer.digest, size };
}

/** Another generation with that layer. */
export async function publishNoise(
  paths: Paths,
  layer: { digest: Digest; size: number },
  initramfs: string,
): Promise<void> {
  const catalog = await Catalog.open(paths);
  await catalog.publish({
    config: {
      name: 'noise', os: 'linux', architecture: 'amd64', date: '2026-01-01T00:00:00Z',
      layers: [{ ...layer, format: 'squashfs', title: 'noise', key: '', unpacked: layer.size }],
      kernel: { version: '0', arguments: [], modules: [] }, packages: [], system: {},
    },
    kernel: await catalog.putBlob('no kernel'),
    initramfs: await catalog.putBlob(initramfs),
  }); // prettier-ignore
}
