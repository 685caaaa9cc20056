/** The node's side of a boot is written in shell, and so are its tests: they run in every shell that a node may have. */
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../system/process.ts';

const tests = globSync(join(import.meta.dirname, 'dracut/test/*.test.sh')).toSorted();
const shells = [['dash'], ['bash'], ['busybox', 'sh']];

test.each(
  shells.flatMap((shell) => tests.map((file) => [basename(file), shell.join(' '), file, shell] as const)),
)('%s in %s', async (_name, _shell, file, shell) => {
  const { stdout } = await run([...shell, file]);
  expect(stdout).toMatch(/^\d+ checks passed\n$/);
});
