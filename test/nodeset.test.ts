/** slipway nodeset as scripts meet it, beside ClusterShell's nodeset. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-nodeset-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function slipway(args: readonly string[], input = '') {
  const env = { ...process.env, SLIPWAY_ROOT: root };
  const { status, stdout, stderr } = spawnSync(resolve('bin/slipway'), args, {
    encoding: 'utf8',
    env,
    input,
  });
  return { status, stdout, stderr };
}
function clustershell(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('nodeset', args, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

test.each([
  [['node[01-10,15]']],
  [['r[1-3]n[1-4]!r2n[2-3]']],
  [['n[0-8/2]', 'n1', 'login1']],
  [['n[1-9]&n[5-12]^n[11-12]']],
  [['c,a', 'a!a']],
])('%j', (args) => {
  expect(slipway(['nodeset', 'fold', ...args]).stdout).toBe(clustershell(['-f', ...args]));
  expect(slipway(['nodeset', 'count', ...args]).stdout).toBe(clustershell(['-c', ...args]));
  const lines = slipway(['nodeset', 'expand', ...args])
    .stdout.trimEnd()
    .split('\n');
  expect(lines.toSorted()).toEqual(
    clustershell(['-e', ...args])
      .trimEnd()
      .split(' ')
      .toSorted(),
  );
});

test('standard input, for - or nothing, with comments', () => {
  const input = 'n1 n2 # two\n\nn[3-5]!n4\n';
  expect(slipway(['nodeset', 'fold'], input).stdout).toBe('n[1-3,5]\n');
  expect(slipway(['nodeset', 'fold'], input).stdout).toBe(clustershell(['-f'], input));
  expect(slipway(['nodeset', 'count', 'login1', '-'], input).stdout).toBe('5\n');
  expect(slipway(['nodeset', 'fold'], 'n1\nn[3-1]\n')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('standard input:2:3') as string,
  });
});

test('JSON, and nothing', () => {
  expect(slipway(['nodeset', 'expand', 'n[9-10]', '--json']).stdout).toBe('["n9","n10"]\n');
  expect(slipway(['nodeset', 'fold', 'n9', 'n10', '--json']).stdout).toBe('"n[9-10]"\n');
  expect(slipway(['nodeset', 'count', 'n[9-10]', '--json']).stdout).toBe('2\n');
  expect(slipway(['nodeset', 'expand', 'n1!n1'])).toMatchObject({ status: 0, stdout: '' });
  expect(slipway(['nodeset', 'fold', 'n1!n1']).stdout).toBe('\n');
  expect(slipway(['nodeset', 'count'], '').stdout).toBe('0\n');
});

test('groups are the registry’s, and node sets name nodes everywhere', () => {
  expect(slipway(['group', 'add', 'rack1']).status).toBe(0);
  expect(slipway(['node', 'add', 'n[01-20]', '--group', 'rack1']).status).toBe(0);
  expect(slipway(['node', 'add', 'login1']).status).toBe(0);
  expect(slipway(['nodeset', 'fold', '@rack1!n[05-20]', 'x1']).stdout).toBe('n[01-04],x1\n');
  expect(slipway(['nodeset', 'fold', '@*!@rack1']).stdout).toBe('login1\n');
  expect(slipway(['nodeset', 'count', 'n?5,l*']).stdout).toBe('3\n');
  const listed = JSON.parse(slipway(['node', 'ls', '@rack1&n[10-30]', '--json']).stdout) as {
    name: string;
  }[];
  expect(listed.map((node) => node.name).join()).toBe(
    slipway(['nodeset', 'expand', 'n[10-20]']).stdout.trim().replaceAll('\n', ','),
  );
  const { status, stderr } = slipway(['nodeset', 'count', '@rak1']);
  expect(status).toBe(2);
  expect(stderr).toContain('Did you mean @rack1?');
  expect(slipway(['node', 'rm', 'n[19-30]']).stderr).toContain('There is no node n[21-30]');
});

test('a bomb is refused, with the place', () => {
  const { status, stdout, stderr } = slipway(['nodeset', 'count', 'n1,n[1-999999999]']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('error[nodeset/too-many]');
  expect(stderr).toMatch(/\| n1,n\[1-999999999\]\n +\| {4}\^\n/);
});
