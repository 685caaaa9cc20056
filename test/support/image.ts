import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import type { Generation } from '../../src/image/types.ts';
import type { Paths } from '../../src/system/paths.ts';

/** Publishes an image whose layer is `bytes` of noise, with a kernel and an initramfs that boot nothing. */
export async function publishNoise(
  paths: Paths,
  name: string,
  bytes = 1000,
): Promise<{ generation: Generation; layer: Buffer }> {
  const catalog = await Catalog.open(paths);
  const layer = randomBytes(bytes);
  const put = async (content: Buffer) => {
    mkdirSync(paths.work, { recursive: true });
    const file = join(paths.work, `noise-${randomBytes(4).toString('hex')}`);
    writeFileSync(file, content);
    return await catalog.adoptBlob(file);
  };
  const [blob, kernel, initramfs] = [
    await put(layer),
    await put(randomBytes(300)),
    await put(randomBytes(400)),
  ];
  const generation = await catalog.publish({
    config: {
      name,
      os: 'linux',
      architecture: 'amd64',
      date: '2026-01-01',
      layers: [{ ...blob, format: 'squashfs', title: 'noise', key: '', unpacked: bytes }],
      kernel: { version: '6.1.0', arguments: ['quiet'], modules: [] },
      packages: [],
      system: {},
    },
    kernel,
    initramfs,
  });
  return { generation, layer };
}
