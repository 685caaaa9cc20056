import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { publishNoise } from '../../test/support/image.ts';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { Catalog } from '../image/catalog.ts';
import type { Digest } from '../image/types.ts';
import { Images } from './images.ts';

test('a blob that was found corrupt is not given to nodes until it is good again', async () => {
  await using here = await temporaryInstallation();
  const { paths } = here.installation;
  const { layer } = await publishNoise(paths, 'compute');
  const catalog = await Catalog.open(paths);
  const digest: Digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  expect(await new Images(catalog).blob(digest)).toMatchObject({ size: layer.length });
  await catalog.blobs.markCorrupt(digest, true);
  expect(await new Images(catalog).blob(digest)).toBeUndefined();
  await catalog.blobs.markCorrupt(digest, false);
  expect(await new Images(catalog).blob(digest)).toMatchObject({ size: layer.length });
});
