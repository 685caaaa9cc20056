/** `slipway image shell`: a command in an image, and what becomes of its changes. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { Stage } from './support/stage.ts';
import { Trial } from './support/tiny.ts';

let trial: Trial;
let stage: Stage;
beforeAll(async () => {
  trial = await Trial.open();
  await trial.build(await trial.recipe('tiny', ''));
});
afterAll(async () => await trial[Symbol.asyncDispose]());
beforeEach(async () => {
  stage = await Stage.open(trial.installation.paths.root);
});
afterEach(async () => await stage[Symbol.asyncDispose](), 60_000);

const SLIPWAY = join(import.meta.dirname, '../bin/slipway');
const shell = async (...words: string[]) => await stage.slipway('image', 'shell', 'tiny', ...words);
const newest = async () =>
  (await (await Catalog.open(trial.installation.paths)).generations('tiny')).at(-1)?.generation;

test('a command that succeeds: a new generation if it changed something', async () => {
  const before = (await newest()) ?? 0;
  const same = await shell('--', 'true');
  expect(same).toMatchObject({ code: 0, last: { code: 0, unmounted: { changed: false } } });
  const changed = await shell('--', 'sh', '-c', 'echo "$HOME|$SLIPWAY_IMAGE|$SUDO_USER|$(hostname)|$(id -u)"; echo x >/shell; sleep 1000 &'); // prettier-ignore
  expect(changed.code).toBe(0);
  expect(changed.stderr).toContain(`/root|tiny:${before}||tiny|0`); // With --json what it prints goes there.
  expect(changed.last).toMatchObject({
    unmounted: { changed: true, generation: { generation: before + 1 } },
  });
  expect(await stage.mounts()).toEqual([]); // What it left running has ended with it.
});

test('one that fails: nothing is published, it stays mounted, its exit code is told', async () => {
  const before = await newest();
  const failed = await shell('--', 'sh', '-c', 'echo half >/half; exit 7');
  expect(failed).toMatchObject({ code: 7, last: { code: 7, path: stage.tree('tiny') } });
  expect(await newest()).toBe(before);
  expect(await stage.inside('tiny', 'cat /half')).toBe('half\n');
  const text = await stage.run([SLIPWAY, 'image', 'shell', 'tiny', '--', 'sh', '-c', 'kill -9 $$']);
  expect(text).toMatchObject({
    code: 137,
    stdout: expect.stringContaining('slipway image umount tiny --discard'),
  });
  // It was mounted before: then it stays so, whatever comes of the command.
  expect(await shell('--', 'true')).toMatchObject({ code: 0, last: { path: stage.tree('tiny') } });
  expect(await stage.ok('image', 'umount', 'tiny', '--discard')).toMatchObject({ changed: false });
});

test('--discard keeps nothing, in both cases', async () => {
  const before = await newest();
  for (const [script, code] of [['echo x >/x', 0], ['echo x >/x; exit 3', 3]] as const)
    expect(await shell('--discard', '--', 'sh', '-c', script)).toMatchObject({ code, last: { unmounted: { changed: false } } }); // prettier-ignore
  expect([await newest(), await stage.mounts()]).toEqual([before, []]);
});

test('nothing of the host is in reach', async () => {
  const script = `ls ${trial.directory} 2>&1; cat /proc/1/comm; ls /dev | xargs; mount -t tmpfs x /root 2>&1; mknod /sda b 8 0 2>&1; echo 1 > /proc/sys/kernel/sysrq`; // prettier-ignore
  const { stderr } = await shell('--discard', '--', 'sh', '-c', script);
  expect(stderr).toContain('No such file or directory');
  expect(stderr).toContain('bwrap\n');
  expect(stderr).not.toMatch(/\b(sda|vda|kvm|mem|loop0)\b(?!:)/);
  expect(
    stderr.match(/permission denied|not permitted|Read-only|Permission/gi)?.length,
  ).toBeGreaterThanOrEqual(2);
});

test('without a shell in the image a program must be named', async () => {
  await stage.ok('image', 'mount', 'tiny');
  await stage.sh(`rm ${stage.tree('tiny')}/usr/bin/sh`);
  expect(await stage.fails('image', 'shell', 'tiny')).toBe('2 mount/no-shell');
  expect(await stage.fails('image', 'shell')).toBe('2 cli/usage');
  expect(await shell('--', '/usr/bin/busybox', 'true')).toMatchObject({ code: 0 });
  await stage.ok('image', 'umount', 'tiny', '--discard');
});
