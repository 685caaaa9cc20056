/** With the real tools: what was asked for is what the file says of itself. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../system/process.ts';
import { packCommand, usualLevel, type Form } from './pack-command.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-pack-'));
  await mkdir(join(directory, 'tree/boot'), { recursive: true });
  await writeFile(join(directory, 'tree/file'), 'much the same\n'.repeat(100_000));
  await writeFile(join(directory, 'tree/boot/vmlinuz-1'), 'kernel');
});
afterAll(async () => await rm(directory, { recursive: true }));

async function pack(form: Partial<Form>, name = 'packed'): Promise<string> {
  const file = join(directory, name);
  const whole: Form = { format: 'squashfs', level: 22, exclude: ['boot/vmlinuz-*'], ...form };
  await rm(file, { force: true });
  await run(packCommand(join(directory, 'tree'), file, whole, 1_000_000), {
    env: { SOURCE_DATE_EPOCH: '1000000' },
  });
  return file;
}

test.each([
  [{}, 'Compression zstd', 'compression-level 22'],
  [{ compressor: 'zstd', level: 3 }, 'Compression zstd', 'compression-level 3'],
  // Its best: gzip has nine levels, which is what mksquashfs takes without being told.
  [{ compressor: 'gzip' }, 'Compression gzip', ''],
  [{ compressor: 'gzip', level: 1 }, 'Compression gzip', 'compression-level 1'],
  [{ compressor: 'xz' }, 'Compression xz', ''],
  [{ compressor: 'lz4', level: 1 }, 'Compression lz4', 'High Compression option specified'],
] as const)('squashfs with %o', async (form, compression, options) => {
  const { stdout } = await run(['unsquashfs', '-s', await pack(form)]);
  expect(stdout).toContain(`${compression}\n`);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(options);
  const { stdout: names } = await run(['unsquashfs', '-l', join(directory, 'packed')]);
  expect(names).toContain('squashfs-root/file');
  expect(names).not.toContain('vmlinuz');
});

test.each([
  { compressor: 'gzip' },
  { compressor: 'xz' },
  { compressor: 'lz4' },
  { format: 'erofs' },
] as const)('the same tree, the same bytes: %o', async (form) => {
  expect(await readFile(await pack(form, 'one'))).toEqual(await readFile(await pack(form, 'two')));
});

test('the usual level is the configured one, but for gzip, whose highest ones take long for little', () => {
  expect(usualLevel(9)).toBe(9);
  expect(usualLevel(19, 'zstd')).toBe(19);
  expect(usualLevel(9, 'gzip')).toBe(6);
  expect(usualLevel(3, 'gzip')).toBe(3);
});
