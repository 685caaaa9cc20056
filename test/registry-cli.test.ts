/** Nodes, groups, profiles and cluster files from the outside: bin/slipway as a process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let root: string;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'slipway-registry-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function slipway(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(resolve('bin/slipway'), args, {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, SLIPWAY_ROOT: root, LANG: 'C.UTF-8', NO_COLOR: '1', SUDO_USER: 'ann' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}
/** The result: the last line of what is printed. */
function json(...args: string[]): unknown {
  const { status, stdout, stderr } = slipway(...args, '--json');
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

test('from commands to a cluster file and back', { timeout: 240_000 }, () => {
  json('profile', 'add', 'base', '--argument', 'quiet', '--tag', 'site=x');
  json('group', 'add', 'rack1', '--profile', 'base', '--order', '10');
  json('node', 'add', 'n[1-3]', '--mac', '52:54:00:00:00:[0a-0c]', '--group', 'rack1');
  json('node', 'set', '-n', 'n1', '--argument', '!quiet', '--variable', 'slots:=4');

  // Others script against exactly these keys.
  expect(json('node', 'ls', '-n', 'n1')).toEqual([
    {
      name: 'n1',
      macs: ['52:54:00:00:00:0a'],
      groups: ['rack1'],
      profiles: ['base'],
      image: null,
      mode: null,
      arguments: [],
    },
  ]);
  expect(json('node', 'show', 'n2', '--explain')).toMatchObject({
    node: 'n2',
    values: expect.arrayContaining([
      { path: 'arguments.quiet', value: 'quiet', source: 'profile:base' },
      { path: 'architecture', value: 'amd64', source: 'default' },
    ]) as unknown,
  });

  expect(json('node', 'show', 'n1', '--explain')).toMatchObject({
    values: expect.arrayContaining([
      { path: 'arguments.quiet', value: null, source: 'node', was: 'quiet' },
    ]) as unknown,
  });
  expect(slipway('node', 'show', 'n1', '--explain').stdout).toMatch(/^argument +taken away: quiet +node$/m);

  // An image that is not there: told for a group, refused for a node.
  const warned = slipway('group', 'set', 'rack1', '--image', 'later:1');
  expect([warned.status, warned.stderr]).toEqual([
    0,
    expect.stringContaining('warning: group rack1: There is no image'),
  ]);
  expect(json('node', 'ls', '-n', 'n2')).toMatchObject([{ image: 'later:1', mode: 'ram' }]);
  expect(slipway('node', 'set', 'n1', '--image', 'nothing').status).not.toBe(0);
  expect(slipway('boot', 'set', '-n', 'n1', '-i', 'nothing').status).not.toBe(0);
  expect(slipway('profile', 'rm', 'base').status).toBe(2);

  const before = slipway('export').stdout;
  const file = join(root, 'cluster.yml');
  writeFileSync(file, before);
  expect(slipway('plan', '-f', file, '--prune', '--exit-code')).toMatchObject({
    status: 0,
    stdout: 'Nothing to change.\n',
  });
  writeFileSync(file, `${before}  "n[2-4]": { tags: { row: "1" } }\n`);
  const plan = slipway('plan', '-f', file, '--exit-code');
  expect(plan).toMatchObject({
    status: 1,
    stdout: '~ n[2-3] (2 nodes): tags.row 1\n+ n4\n    tags.row 1\n\n1 to add, 2 to change\n',
  });
  // Nobody can be asked.
  expect(slipway('apply', '-f', file)).toMatchObject({ status: 2, stdout: '' });
  expect(slipway('apply', '-f', file, '--yes').stdout).toMatch(/Applied as change \d+\./);
  expect(json('history', '--limit', '1')).toMatchObject([
    { who: 'ann', via: 'cli', summary: 'apply cluster.yml', count: 3, undoes: null },
  ]);
  json('undo');
  expect(slipway('export').stdout).toBe(before);
  json('undo');
  expect(json('node', 'ls', '@tag:row=1')).toHaveLength(3);
  writeFileSync(file, 'nodes: { n1: { macs: 7, color: red } }\n');
  const wrong = slipway('plan', '-f', file);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toMatch(/at {3}cluster\.yml:1:22[\s\S]*at {3}cluster\.yml:1:25[\s\S]*2 errors/);
});
