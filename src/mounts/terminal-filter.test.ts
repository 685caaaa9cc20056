import { spawnSync } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { terminalFilter } from './terminal-filter.ts';

test('putting characters into the terminal is refused, all else works', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-filter-'));
  writeFileSync(join(directory, 'filter'), terminalFilter());
  // 0x5401: TCGETS; 0x5412: TIOCSTI; 0x541c: TIOCLINUX. Without a terminal the kernel says ENOTTY (25) to all of them.
  const script =
    'for my $n (0x5401, 0x5412, 0x541c) { my $b = "x" x 64; ioctl(STDIN, $n, $b) or print $! + 0, " " }';
  const run = (filter: string[]) =>
    spawnSync('bwrap', ['--ro-bind', '/', '/', '--dev', '/dev', ...filter, '--', 'perl', '-e', script], {
      encoding: 'utf8',
      stdio: [openSync('/dev/null', 'r'), 'pipe', 'inherit', openSync(join(directory, 'filter'), 'r')],
    }).stdout;
  expect(run([])).toBe('25 25 25 ');
  expect(run(['--seccomp', '3'])).toBe('25 1 1 ');
  await rm(directory, { recursive: true });
});
