import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigSchema } from '../system/config.ts';
import { pathsUnder } from '../system/paths.ts';
import { ownFileSystem, tryNfs } from './nfs.ts';

test('a store on the file system of the root is told, one on its own is not', () => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-doctor-'));
  try {
    expect(ownFileSystem(join(directory, 'not/there'), directory)).toMatchObject({ state: 'limited' });
    expect(ownFileSystem('/proc/self', directory)).toMatchObject({ state: 'ok' });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the server that is configured, and the trees once there are any', async () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-doctor-'));
  try {
    const paths = pathsUnder(root);
    const ids = async (nfs: object) => (await tryNfs({ paths, config: ConfigSchema.parse({ nfs }) })).map(({ id, state }) => `${id} ${state}`); // prettier-ignore
    expect(await ids({ server: 'off' })).toEqual(['nfs-server ok']);
    expect(await ids({ server: 'ganesha' })).toEqual([expect.stringMatching(/^nfs-server (ok|limited)$/)]);
    mkdirSync(paths.nfs, { recursive: true });
    expect(await ids({ server: 'off', trees: 'copy' })).toEqual([
      'nfs-server ok',
      'nfs-trees ok',
      expect.stringMatching(/^nfs-store/),
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
