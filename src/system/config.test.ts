import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadInstallation } from './config.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-config-'));
  await mkdir(join(root, 'etc/slipway'), { recursive: true });
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

async function load(text: string) {
  await writeFile(join(root, 'etc/slipway/config.yml'), text);
  return loadInstallation(root);
}

describe('config.yml', () => {
  test.each([
    ['4.2', '4.2'],
    ["'4.0'", '4.0'],
    ['3', '3'],
  ])('NFS version %s, in quotes or not', async (written, version) => {
    expect((await load(`nfs: {version: ${written}}`)).config.nfs.version).toBe(version);
  });

  test.each(['4', '5', 'v4'])('no NFS version %s', async (written) => {
    await expect(load(`nfs: {version: ${written}}`)).rejects.toMatchObject({ code: 'yaml/wrong-value' });
  });

  test.each([
    ['/srv', '/srv/store'],
    ['/srv/store/exports', '/srv/store'],
    ['/srv', '/srv'],
  ])('exports %s and store %s are not one inside the other', async (exports, directory) => {
    await expect(load(`nfs: {exports: ${exports}, directory: ${directory}}`)).rejects.toMatchObject({
      code: 'config/nfs-directories',
    });
    expect((await load(`nfs: {exports: /srv, directory: /srv2}`)).paths.exports).toBe('/srv');
  });
});
