/** Known defects of the tools that Slipway's users come from, where no other test has them: by number. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addNodes } from '../src/node/registry.ts';
import { setBoot } from '../src/node/assignment.ts';
import { Catalog } from '../src/image/catalog.ts';
import { bootServer } from './support/boot-server.ts';
import { publishNoise } from './support/image.ts';
import { temporaryInstallation } from './support/registry.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
beforeEach(async () => void (here = await temporaryInstallation()));
afterEach(() => here[Symbol.asyncDispose]());

test('defect 3: nobody finds an image over HTTP who was not given it', async () => {
  const { installation, database } = here;
  const { generation, layer } = await publishNoise(installation.paths, 'compute', 4096);
  await addNodes(database.db, 'n1', { macs: ['52:54:00:00:00:01'] });
  await setBoot(database.db, await Catalog.open(installation.paths), 'n1', { image: 'compute' });
  await using server = await bootServer(installation);
  const get = async (path: string) => await fetch(`${server.url}${path}`);
  // No listing, no names: neither of images nor of what they are made of.
  for (const path of [
    '/blobs',
    '/blobs/',
    '/blobs/sha256/',
    '/images',
    '/compute',
    '/catalog/index.json',
    '/index.json',
    '/boot/',
    '/boot/n1.ipxe',
  ]) {
    const answer = await get(path);
    const text = await answer.text();
    expect({ path, ok: answer.ok }).toEqual({ path, ok: false });
    expect(text).not.toContain(generation.digest.slice(7));
  }
  // Whoever claims to be the node by its MAC address gets kernel and initramfs. The layers, which hold password
  // hashes, are named in a manifest that is asked for by its digest, which only the node initrd has: given out
  // once a boot, to the address that asked (docs/guide/security.md).
  const script = await (await get('/boot/node.ipxe?mac=52:54:00:00:00:01&arch=x86_64')).text();
  expect(script).toContain('/blobs/sha256/');
  const { createHash } = await import('node:crypto');
  expect(script).not.toContain(createHash('sha256').update(layer).digest('hex'));
  expect(script).not.toContain(generation.digest.slice(7));
  for (const name of ['compute', 'compute:1', 'latest', '']) {
    const answer = await get(`/boot/manifest/${name}`);
    expect({ name, ok: answer.ok }).toEqual({ name, ok: false });
  }
  expect((await get(`/boot/manifest/${generation.digest}.sig`)).ok).toBe(true);
});

test('defect 17: taking away a node that is not there is an error that names it, and takes nothing away', async () => {
  await addNodes(here.database.db, 'c[001-003]');
  const env = { ...process.env, SLIPWAY_ROOT: here.installation.paths.root, NO_COLOR: '1', LANG: 'C.UTF-8' };
  const run = (...args: string[]) =>
    spawnSync(resolve('bin/slipway'), args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  const { status, stderr } = run('node', 'rm', 'c[002-004]');
  expect(status).toBeGreaterThan(0);
  expect(stderr).toContain('node/unknown');
  expect(stderr).toContain('c004');
  expect(run('nodeset', 'fold', '@*').stdout).toBe('c[001-003]\n');
  expect(run('node', 'rm', 'c[002-003]').status).toBe(0);
  expect(run('nodeset', 'fold', '@*').stdout).toBe('c001\n');
});
