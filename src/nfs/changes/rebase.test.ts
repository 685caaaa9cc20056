import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../system/process.ts';
import { inodeOf } from './aliases.ts';
import { rebase, type Golden } from './rebase.ts';
import { withoutOurs } from './written.ts';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'slipway-rebase-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (path: string) => join(directory, path);
function put(tree: string, files: Record<string, string>): void {
  mkdirSync(at(tree), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(at(tree), path, '..'), { recursive: true });
    if (!path.endsWith('/.')) writeFileSync(join(at(tree), path), content);
  }
}
const whiteout = async (path: string) => {
  mkdirSync(join(at('upper'), path, '..'), { recursive: true });
  await run(['mknod', join(at('upper'), path), 'c', '0', '0']);
};
const opaque = async (path: string) => await run(['setfattr', '-n', 'trusted.overlay.opaque', '-v', 'y', join(at('upper'), path)]); // prettier-ignore
const moved = async (changes: Record<string, 'added' | 'changed' | 'removed'>) => {
  const golden: Golden = new Map(Object.entries(changes).map(([path, change]) => [path, { change }]));
  return await rebase(at('upper'), { from: at('from'), to: at('to'), golden });
};
const left = () => readdirSync(at('upper'), { recursive: true }).map(String).toSorted();

describe('changes over another tree', () => {
  test('a file that both changed stays and is told; one that was only touched gives way; the same on both sides is no conflict', async () => {
    put('from', { 'etc/a': '1', 'etc/b': '1', 'etc/c': '1', 'etc/d': '1' });
    put('to', { 'etc/a': '2', 'etc/b': '2', 'etc/c': '2', 'etc/d': '1' });
    put('upper', { 'etc/a': 'mine', 'etc/b': '1', 'etc/c': '2', 'etc/d': 'mine' });
    expect(await moved({ '/etc/a': 'changed', '/etc/b': 'changed', '/etc/c': 'changed' })).toEqual(['/etc/a']); // prettier-ignore
    expect(left()).toEqual(['etc', 'etc/a', 'etc/c', 'etc/d']);
    expect(readFileSync(at('upper/etc/a'), 'utf8')).toBe('mine');
  });

  test('whiteouts of what is not there any more go; what the node removed and the new tree changed is told', async () => {
    put('from', { a: '1', b: '1', 'c/d': '1' });
    put('to', { b: '2', 'c/d': '2', e: '1' });
    put('upper', {});
    for (const path of ['a', 'b', 'c', 'e']) await whiteout(path);
    expect(await moved({ '/a': 'removed', '/b': 'changed', '/c/d': 'changed', '/e': 'added' })).toEqual(['/b', '/c']); // prettier-ignore
    expect(left()).toEqual(['b', 'c']);
  });

  test('a directory that the node made and the new tree has, too, shows both', async () => {
    put('from', {});
    put('to', { 'opt/theirs': '1', 'opt/both': '1' });
    put('upper', { 'opt/mine': '1', 'opt/both': 'mine' });
    await opaque('opt');
    expect(await moved({ '/opt': 'added', '/opt/theirs': 'added', '/opt/both': 'added' })).toEqual(['/opt/both']); // prettier-ignore
    const { stdout } = await run(['getfattr', '-d', '-m', '-', at('upper/opt')]);
    expect(stdout).toBe('');
  });

  test('in a directory that the node made anew nothing gives way, not even what is as before', async () => {
    put('from', { 'opt/same': '1', 'opt/gone': '1', 'opt/quiet': '1' });
    put('to', { 'opt/same': '2', 'opt/gone': '2', 'opt/quiet': '1' });
    put('upper', { 'opt/same': '1' });
    await opaque('opt');
    expect(await moved({ '/opt/same': 'changed', '/opt/gone': 'changed' })).toEqual(['/opt/gone', '/opt/same']); // prettier-ignore
    expect(left()).toEqual(['opt', 'opt/same']);
  });

  test('a directory of which only the way was copied gets the look of the new tree, or goes', async () => {
    put('from', { 'a/x': '1', 'b/x': '1' });
    put('to', { 'a/x': '1' });
    put('upper', { 'a/mine': '1', 'b/.': '' });
    await run(['chmod', '700', at('to/a')]);
    await run(['setfattr', '-n', 'user.colour', '-v', 'new', at('to/a')]);
    expect(await moved({ '/a': 'changed', '/b': 'removed', '/b/x': 'removed' })).toEqual([]);
    expect(left()).toEqual(['a', 'a/mine']);
    expect(statSync(at('upper/a')).mode & 0o777).toBe(0o700);
    expect((await run(['getfattr', '--only-values', '-n', 'user.colour', at('upper/a')])).stdout).toBe('new');
  });

  test('what the node has in a directory that is gone is told, as is a file in the place of one', async () => {
    put('from', { 'a/x': '1', 'b/x': '1', 'c/x': '1' });
    put('to', { 'b/x': '2', c: 'now a file' });
    put('upper', { 'a/mine': '1', b: 'a file', 'c/mine': '1' });
    expect(await moved({ '/a': 'removed', '/a/x': 'removed', '/b/x': 'changed', '/c': 'changed', '/c/x': 'removed' })).toEqual(['/a', '/b', '/c']); // prettier-ignore
    expect(left()).toEqual(['a', 'a/mine', 'b', 'c', 'c/mine']);
  });
});

test('the inode of an entry of the index, as ext4, xfs, btrfs and tmpfs write their handles', () => {
  const head = (length: string, type: string) => `00fb${length}00${type}${'ab'.repeat(16)}`;
  expect(inodeOf(`${head('1d', '01')}0d000000f463fddc`)).toBe(13n);
  expect(inodeOf(`${head('21', '81')}8300000001000000deadbeef`)).toBe(0x1_0000_0083n);
  expect(inodeOf(`${head('29', '4d')}0101000000000000050000000000000007000000`)).toBe(257n);
  expect(inodeOf(`${head('21', '01')}11223344050000000000000000`.slice(0, -2))).toBe(5n);
  for (const name of ['#109e1', 'work', '00fb', `${head('1d', '01')}0d00`]) expect(inodeOf(name)).toBeUndefined(); // prettier-ignore
});

test('new directories with nothing but files of Slipway are none of the node’s', () => {
  const change = (path: string, type: 'file' | 'directory', how: 'added' | 'changed' = 'added') => ({ path, type, change: how }); // prettier-ignore
  const changes = [
    change('/etc', 'directory', 'changed'), change('/etc/a', 'directory'), change('/etc/a/b', 'directory'), change('/etc/a/b/ours', 'file'),
    change('/etc/c', 'directory'), change('/etc/c/ours', 'file'), change('/etc/c/mine', 'file'), change('/etc/d', 'directory'),
  ]; // prettier-ignore
  const left = withoutOurs(changes, new Set(['/etc/a/b/ours', '/etc/c/ours']), ({ path }) => path);
  expect(left.map(({ path }) => path)).toEqual(['/etc', '/etc/c', '/etc/c/mine', '/etc/d']);
});
