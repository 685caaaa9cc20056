/** slipway node import, as it is called. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../src/system/process.ts';
import { CHECKOUT, SLIPWAY } from './support/image-cache.ts';
import { nodeMac, nodesConf } from './support/nodes-conf.ts';

vi.setConfig({ testTimeout: 180_000 });

let root: string;
beforeAll(() => (root = mkdtempSync(join(tmpdir(), 'slipway-import-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function slipway(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const options = { env: { SLIPWAY_ROOT: root }, cwd: CHECKOUT, okCodes: [0, 1, 2] };
  const { code, stdout, stderr } = await run([SLIPWAY, ...words], options);
  return { code, out: stdout, err: stderr };
}

test('nodes.conf of 1,000 nodes: dry run, import, list, undo', async () => {
  const file = join(root, 'nodes.conf');
  writeFileSync(file, nodesConf());
  const dry = await slipway('node', 'import', file, '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.out).toContain('1003 to add');
  expect(dry.out).toContain('  ipmi password: profile default\n');
  expect(dry.err).toContain('There is no image rockylinux-9');
  expect((await slipway('node', 'ls', '--json')).out).toBe('[]\n');

  const refused = await slipway('node', 'import', file);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('--yes');

  const done = await slipway('node', 'import', file, '--yes', '--json');
  const result = JSON.parse(done.out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(result).toMatchObject({ change: 1, unchanged: 0, sources: [{ format: 'warewulf' }] });
  const [node] = JSON.parse((await slipway('node', 'ls', 'c0040', '--json')).out) as unknown[];
  expect(node).toMatchObject({ name: 'c0040', macs: [nodeMac(40)], image: 'rockylinux-9-gpu', mode: 'ram' });
  expect((await slipway('undo', '1')).code).toBe(0);
  expect((await slipway('node', 'ls', '--json')).out).toBe('[]\n');
});

test('several files of several formats; mistakes leave nothing', async () => {
  const files = {
    ethers: '52:54:00:00:00:01 n1\n',
    'hosts.conf': 'dhcp-host=52:54:00:00:00:02,n2,10.0.0.2\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  writeFileSync(join(root, 'hosts'), '10.0.0.1 n1.lab.example n1\n');
  writeFileSync(join(root, 'wrong.csv'), 'name,mac\nn3,zz\nn 4,52:54:00:00:00:04\n');
  const all = ['ethers', 'hosts.conf', 'wrong.csv'].map((name) => join(root, name));
  const wrong = await slipway('node', 'import', ...all, '--hosts', join(root, 'hosts'), '--yes');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('wrong.csv:2:4');
  expect(wrong.err).toContain('wrong.csv:3:1');
  expect((await slipway('node', 'ls', '--json')).out).toBe('[]\n');
  const right = await slipway('node', 'import', ...all.slice(0, 2), '--hosts', join(root, 'hosts'), '--yes');
  expect(right.out).toMatch(/Imported as change \d+\. To take it back: slipway undo \d+\n$/);
  const listed = JSON.parse((await slipway('node', 'ls', '--json')).out) as { name: string }[];
  expect(listed.map((one) => one.name)).toEqual(['n1', 'n2']);
});
