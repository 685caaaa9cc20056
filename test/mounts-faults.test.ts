/** Mounts that are killed at any moment, and disks that are full: nothing is lost, and the next command goes on. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { Unmounted } from '../src/mounts/umount.ts';
import { run } from '../src/system/process.ts';
import { eachOnAStage } from './support/each-stage.ts';
import type { Stage } from './support/stage.ts';
import type { Trial } from './support/tiny.ts';

let trial: Trial;
let stage: Stage;
eachOnAStage((...both) => ([trial, stage] = both));

const SUPPORT = join(import.meta.dirname, 'support');
/** All moments are tried with SLIPWAY_TEST_ALL=1; else some, no two of which do the same. */
const STRIDE = process.env['SLIPWAY_TEST_ALL'] ? 1 : 7;
const paths = () => trial.installation.paths;

/** `killed`, or what the process said. */
async function child(work: string, killAt?: number): Promise<string> {
  const argv = [process.execPath, '--import', join(SUPPORT, 'kill-at.ts'), join(SUPPORT, 'mount-child.ts'), stage.root, work, 'tiny']; // prettier-ignore
  try {
    const { code, stdout, stderr } = await stage.run(
      argv,
      killAt === undefined ? {} : { KILL_AT: String(killAt) },
    );
    return code === 137 ? 'killed' : stdout + stderr;
  } catch (error) {
    if ((error as Error).message.includes('SIGKILL')) return 'killed';
    throw error;
  }
}

/** How many moments there are; the last line says it. */
const countOf = (said: string) => Number(/operations (\d+)/.exec(said)?.[1]);

test('killed at any moment of mounting: the next mount or unmount puts it right', async () => {
  await trial.build(await trial.recipe('tiny', 'steps:\n  - run: echo old > /etc/motd\n'));
  const total = countOf(await child('mount'));
  const whole = await stage.mounts();
  await child('discard');
  expect(total).toBeGreaterThan(30);
  for (let n = 1; n <= total; n += STRIDE) {
    expect(await child('mount', n), `killed at ${n}`).toBe('killed');
    expect(JSON.stringify(await stage.list()), `killed at ${n}`).toContain('"state":"ready"');
    if (n % 2 === 0) await stage.restart();
    if (n % 3 === 0 && existsSync(join(paths().mounts, 'tiny/mount.json')))
      expect(await child('umount'), `killed at ${n}`).toContain('"changed":false');
    expect(await child('mount'), `killed at ${n}`).toContain('"active":true');
    expect((await stage.mounts()).toSorted(), `killed at ${n}`).toEqual(whole.toSorted());
    expect(await stage.inside('tiny', 'cat /etc/motd'), `killed at ${n}`).toBe('old\n');
    expect(await child('umount'), `killed at ${n}`).toContain('"changed":false');
    expect([await stage.mounts(), readdirSync(paths().mounts)], `killed at ${n}`).toEqual([[], []]);
  }
}, 900_000);

test('killed at any moment of unmounting: the change is there, once', async () => {
  await trial.build(await trial.recipe('tiny', 'steps:\n  - run: echo old > /etc/motd\n'));
  const change = async (text: string) => {
    await child('mount');
    await stage.inside('tiny', `echo ${text} >/etc/motd`);
  };
  await change('first');
  const total = countOf(await child('umount'));
  expect(total).toBeGreaterThan(60);
  const catalog = await Catalog.open(paths());
  for (let n = 2; n <= total; n += STRIDE) {
    const where = `killed at ${n}`;
    const before = await catalog.resolve('tiny');
    const count = (await catalog.generations('tiny')).length;
    await change(where);
    const end = await child('umount', n);
    if (n % 3 === 0) await stage.restart();
    const left = existsSync(join(paths().mounts, 'tiny/mount.json'));
    if (left && n % 4 === 2) {
      expect(await child('mount'), where).toContain('"active":true');
      expect(await stage.inside('tiny', 'cat /etc/motd'), where).toBe(`${where}\n`);
    }
    if (left) expect(await child('umount'), where).toContain('"changed":true');
    else expect(end, where).toMatch(/killed|operations/);
    const after = await catalog.resolve('tiny');
    expect(await catalog.generations('tiny'), where).toHaveLength(count + 1);
    expect(after.generation, where).toMatchObject({ state: 'ready' });
    expect(after.config.layers.slice(0, -1), where).toEqual(before.config.layers);
    const top = catalog.blobPath(after.config.layers.at(-1)?.digest ?? '');
    expect((await run(['unsquashfs', '-cat', top, 'etc/motd'])).stdout, where).toBe(`${where}\n`);
    // What a removal left, the next command removes.
    await stage.ok('image', 'gc', '--dry-run');
    expect([await stage.mounts(), readdirSync(paths().mounts)], where).toEqual([[], []]);
    // A stack of 50 layers would say nothing more.
    await stage.ok('image', 'rm', `tiny:${after.generation.generation}`);
  }
}, 900_000);

test('a full disk while unmounting: a clear error, nothing lost, and the same command goes on', async () => {
  await trial.build(await trial.recipe('tiny', ''));
  // The whole state on a small disk.
  const state = paths().state;
  await stage.sh(`mount -t tmpfs -o size=16m small /mnt; cp -a ${state}/. /mnt/; mount --move /mnt ${state}`);
  await stage.ok('image', 'mount', 'tiny');
  await stage.sh(`head -c 4M /dev/urandom > ${stage.tree('tiny')}/noise; sha256sum < ${stage.tree('tiny')}/noise > ${trial.directory}/sum`); // prettier-ignore
  await stage.sh(`head -c 100M /dev/zero > ${state}/filler 2>/dev/null || :`);
  for (let round = 0; round < 2; round++) {
    const failed = await stage.slipway('image', 'umount', 'tiny');
    expect([failed.code, failed.last.code]).toEqual([
      1,
      expect.stringMatching(/^(mount\/disk-full|lock\/full)$/),
    ]);
    // A little room is not enough either.
    await stage.sh(`truncate -s -512K ${state}/filler`);
    expect(await stage.list()).toMatchObject([{ generation: 1, state: 'ready', mounted: {} }]);
  }
  await stage.sh(`rm ${state}/filler`);
  await stage.ok('image', 'mount', 'tiny');
  expect(await stage.sh(`sha256sum < ${stage.tree('tiny')}/noise`)).toBe(
    await stage.sh(`cat ${trial.directory}/sum`),
  );
  expect(await stage.ok<Unmounted>('image', 'umount', 'tiny')).toMatchObject({ changed: true, changes: 1 });
  expect(await stage.list()).toMatchObject([{ generation: 2, state: 'ready' }, { generation: 1 }]);
  await stage.ok('image', 'mount', 'tiny');
  expect(await stage.sh(`sha256sum < ${stage.tree('tiny')}/noise`)).toBe(
    await stage.sh(`cat ${trial.directory}/sum`),
  );
}, 120_000);

test('on a full disk changes can still be dropped', async () => {
  await trial.build(await trial.recipe('tiny', ''));
  const state = paths().state;
  await stage.sh(`mount -t tmpfs -o size=16m small /mnt; cp -a ${state}/. /mnt/; mount --move /mnt ${state}`);
  await stage.ok('image', 'mount', 'tiny');
  await stage.sh(`head -c 100M /dev/zero > ${stage.tree('tiny')}/filler 2>/dev/null || :`);
  expect(await stage.fails('image', 'umount', 'tiny')).toBe('1 mount/disk-full');
  expect(await stage.ok('image', 'umount', 'tiny', '--discard')).toMatchObject({ changed: false });
  expect(await stage.ok('image', 'mount', 'tiny')).toMatchObject({ active: true, resumed: false });
}, 60_000);
