import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initramfsNames } from './names.ts';

let directory: string;
let archive: Buffer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-names-'));
  const tree = join(directory, 'tree');
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await writeFile(join(tree, 'usr/bin/tool'), Buffer.alloc(70_001, 1));
  await writeFile(join(tree, 'init'), '');
  await symlink('usr/bin', join(tree, 'bin'));
  archive = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: tree, input: './usr\n./usr/bin\n./usr/bin/tool\ninit\nbin\n' }); // prettier-ignore
});
afterAll(async () => await rm(directory, { recursive: true }));

const NAMES = ['usr/bin/tool', 'init', 'bin'];
const names = async (content: Buffer) => {
  const file = join(directory, 'initramfs');
  writeFileSync(file, content);
  const found = await initramfsNames(file);
  return found && [...found];
};
const packed = (tool: string) => execFileSync(tool, ['-c'], { input: archive });
const early = () =>
  execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: directory, input: 'tree/init\n' });

test.each(['zstd', 'gzip', 'xz'])('of an initramfs packed by %s, padded behind', async (tool) => {
  expect(await names(packed(tool))).toEqual(NAMES);
  expect(await names(Buffer.concat([packed(tool), Buffer.alloc(3)]))).toEqual(NAMES);
});

test('of one that is not packed, and of one behind another', async () => {
  expect(await names(archive)).toEqual(NAMES);
  expect(await names(Buffer.concat([early(), Buffer.alloc(700), packed('zstd')]))).toEqual([
    'tree/init',
    ...NAMES,
  ]);
});

test('what is cut short or no initramfs is unknown, not empty', async () => {
  for (const tool of ['zstd', 'gzip', 'xz']) {
    const whole = packed(tool);
    expect(await names(whole.subarray(0, whole.length >> 1)), tool).toBeUndefined();
  }
  expect(await names(archive.subarray(0, 1000))).toBeUndefined();
  expect(await names(Buffer.from('no archive'))).toBeUndefined();
  expect(await names(Buffer.alloc(0))).toBeUndefined();
  expect(readFileSync(join(directory, 'initramfs'))).toHaveLength(0);
});
