/** Slipway as it is installed on a server: this checkout with its private Node, without what only tests need. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/system/process.ts';
import { CHECKOUT } from '../image-cache.ts';

const PARTS = ['bin', 'src', 'packaging', 'scripts', 'package.json', 'node_modules'];

/** Writes a squashfs to `file`; what is in it is not compressed, which takes a second. */
export async function programDisk(file: string): Promise<void> {
  const lock = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const unneeded = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev === true && existsSync(join(CHECKOUT, path)))
    .map(([path]) => path);
  const exclude = `${file}.exclude`;
  await writeFile(exclude, [...unneeded, 'node_modules/.*', 'node_modules/@types'].join('\n'));
  const plain = [
    '-noI',
    '-noD',
    '-noF',
    '-noX',
    '-no-xattrs',
    '-all-root',
    '-root-mode',
    '0755',
    '-quiet',
    '-no-progress',
  ];
  await run(['mksquashfs', ...PARTS, file, ...plain, '-no-strip', '-wildcards', '-ef', exclude], {
    cwd: CHECKOUT,
  });
}
