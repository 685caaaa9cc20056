/** Trees of nodes while nfs-ganesha serves them: added, written to by a client, removed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportedNode } from '../src/nfs/store.ts';
import { addNodes } from '../src/node/registry.ts';
import { loadInstallation, type Installation } from '../src/system/config.ts';
import type { Child } from '../src/system/process.ts';
import { addNodeTree, addTree } from './support/nfs-site.ts';
import { temporaryInstallation } from './support/registry.ts';
import { twoHosts, type TwoHosts } from './support/two-hosts.ts';

const CHECKOUT = join(import.meta.dirname, '..');
let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let installation: Installation;
let hosts: TwoHosts;
let running: Child | undefined;

beforeEach(async () => {
  here = await temporaryInstallation();
  hosts = await twoHosts();
  // nfs-ganesha and rpcbind keep things there wherever the installation is.
  await hosts.server.run(['mount', '-t', 'tmpfs', 'none', '/run']);
  const { paths } = here.installation;
  mkdirSync(paths.etc, { recursive: true });
  const lines = ['serve: { interface: v0, syslog: 0 }', 'dhcp: { mode: off }', 'nfs: { server: ganesha }'];
  writeFileSync(join(paths.etc, 'config.yml'), `${lines.join('\n')}\n`);
  installation = loadInstallation(paths.root);
  await addNodes(here.database.db, 'n1', { address: '10.9.0.50' });
  await addNodes(here.database.db, 'n2', { address: '10.9.0.51' });
});
afterEach(async () => {
  running?.stop(10_000);
  await running?.done.catch(() => {});
  await hosts[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
}, 60_000);

async function slipway(...words: string[]): Promise<Record<string, unknown>> {
  const argv = ['env', `SLIPWAY_ROOT=${installation.paths.root}`, join(CHECKOUT, 'bin/slipway'), ...words];
  const { stdout } = await hosts.server.run([...argv, '--json'], { okCodes: [0, 1, 2] });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

async function client(...argv: string[]): Promise<string> {
  const okCodes = Array.from({ length: 256 }, (_, i) => i);
  const { code, stdout, stderr } = await hosts.client.run(argv, { okCodes, timeout: 60_000 });
  return code === 0 ? stdout : `refused: ${stderr}`;
}

test('a tree that a client has just written to is taken from it and removed; the others go on', async () => {
  await addTree(installation);
  await addNodeTree(installation, 'n1');
  await addNodeTree(installation, 'n2');
  const argv = [process.execPath, join(CHECKOUT, 'test/support/serve-process.ts'), installation.paths.root, '8080']; // prettier-ignore
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  running = hosts.server.start(argv, { onLine: (line) => line.includes('"listening"') && resolve() });
  await Promise.race([listening, running.done.then(() => Promise.reject(new Error('it ended')))]);

  const url = (node: string, path = '') => `nfs://10.9.0.1${exportedNode(installation.paths, 'compute', node)}${path}?version=4`; // prettier-ignore
  const file = join(installation.paths.root, 'new');
  writeFileSync(file, 'of n1\n');
  expect(await client('nfs-cp', file, url('n1', '/new'))).toContain('copied 6 bytes');
  expect(await slipway('nfs', 'rm', '-n', 'n1', '-i', 'compute')).toEqual({ image: 'compute', removed: ['n1'] }); // prettier-ignore
  expect(await client('nfs-ls', url('n1'))).toMatch(/^refused/);
  const mounts = (await hosts.server.run(['cat', '/proc/self/mounts'])).stdout;
  expect(mounts).not.toContain('/nodes/compute/n1');
  expect(mounts).toContain('/nodes/compute/n2');
  expect(await slipway('nfs', 'ls')).toMatchObject([{ node: 'n2', mounted: true }]);
}, 120_000);
