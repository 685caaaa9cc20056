/** Refreshing, saving and promoting what nodes change: killed at any moment, and on full disks. */
import { afterEach, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { run } from '../src/system/process.ts';
import { NfsTrial } from './support/nfs-trial.ts';

let trial: NfsTrial;
afterEach(async () => await trial[Symbol.asyncDispose](), 60_000);

/** All moments are tried with SLIPWAY_TEST_ALL=1; else some, no two of which do the same. */
const STRIDE = process.env['SLIPWAY_TEST_ALL'] ? 1 : 17;
const of = (number: number) => ({
  more: async (tree: string) => {
    await run(['sh', '-ec', `cd ${tree}; echo ${number} > etc/number; echo ${number} > etc/both`]);
  },
});
const CHANGE = 'echo mine > etc/both; echo mine > own; rm etc/suid';
const see = async (node: string) =>
  await trial.stage.sh(`cd ${trial.tree(node)}; cat etc/number etc/both own 2>/dev/null | tr '\n' ' '; ls etc/suid 2>/dev/null || :`); // prettier-ignore
const N1 = (number: number) => `${number} mine mine `;
const N2 = (number: number) => `${number} ${number} etc/suid\n`;
const countOf = (said: string) => Number(/operations (\d+)/.exec(said)?.[1]);
const begin = async (...arguments_: Parameters<NfsTrial['storeOn']> | []) => {
  trial = await NfsTrial.open('trees: overlay');
  if (arguments_.length > 0) await trial.storeOn(...(arguments_ as Parameters<NfsTrial['storeOn']>));
  await trial.image(of(1));
  await trial.ok('add', 'special', 'n1', 'n2');
  await trial.stage.sh(`cd ${trial.tree('n1')}; ${CHANGE}`);
};
/** What is neither a record nor named by one. */
const halves = async () =>
  (await trial.stage.sh(`cd ${trial.store}; for one in nodes/*/*; do for data in $one/data-* $one/.tmp-*; do [ -e $data ] || continue; grep -q \${data##*/} $one/node.json || echo $data; done; done; ls work | grep -v locks || :`)); // prettier-ignore

test('killed while refreshing, each node has its old tree or the new one, and the next command cleans', async () => {
  await begin();
  await trial.image(of(2));
  // Once for the shared tree, which is there from then on.
  await trial.ok('refresh', 'special:2', 'n1', 'n2');
  await trial.ok('refresh', 'special:1', 'n1', 'n2');
  const total = countOf(await trial.child(undefined, 'refresh', 'special:2', 'n1', 'n2'));
  expect(total).toBeGreaterThan(40);
  expect([await see('n1'), await see('n2')]).toEqual([N1(2), N2(2)]);
  await trial.ok('refresh', 'special:1', 'n1', 'n2');
  for (let n = 1; n <= total; n += STRIDE) {
    expect(await trial.child(n, 'refresh', 'special:2', 'n1', 'n2'), `killed at ${n}`).toBe('killed');
    if (n % 2 === 0) await trial.stage.restart();
    await trial.ok('up');
    expect([N1(1), N1(2)], `killed at ${n}`).toContain(await see('n1'));
    expect([N2(1), N2(2)], `killed at ${n}`).toContain(await see('n2'));
    expect((await trial.ok<{ nodes: unknown[] }>('refresh', 'special:2', 'n1', 'n2')).nodes).toHaveLength(2);
    expect([await see('n1'), await see('n2')], `killed at ${n}`).toEqual([N1(2), N2(2)]);
    await trial.stage.ok('image', 'gc', '--dry-run');
    expect(await halves(), `killed at ${n}`).toBe('');
    await trial.ok('refresh', 'special:1', 'n1', 'n2');
    expect([await see('n1'), await see('n2')], `killed at ${n}`).toEqual([N1(1), N2(1)]);
  }
}, 900_000);

test('killed while promoting there is the new generation or none; the node has what it had', async () => {
  await begin();
  const catalog = await Catalog.open(trial.paths);
  const total = countOf(await trial.child(undefined, 'promote', 'special', 'n1'));
  expect(total).toBeGreaterThan(40);
  await trial.stage.ok('image', 'rm', 'special:2');
  for (let n = 1; n <= total; n += STRIDE) {
    expect(await trial.child(n, 'promote', 'special', 'n1'), `killed at ${n}`).toBe('killed');
    expect((await catalog.generations('special')).every(({ state }) => state === 'ready')).toBe(true);
    expect(await see('n1'), `killed at ${n}`).toBe(N1(1));
    const { generation } = await trial.ok<{ generation: { generation: number } }>('promote', 'special', 'n1');
    expect(await catalog.generations('special'), `killed at ${n}`).toHaveLength(2);
    await trial.ok('add', `special:${generation.generation}`, 'n3');
    expect(await see('n3'), `killed at ${n}`).toBe(N1(1));
    await trial.ok('rm', 'special', 'n3');
    await trial.stage.ok('image', 'rm', `special:${generation.generation}`);
    await trial.stage.ok('image', 'gc', '--dry-run');
    expect(await halves(), `killed at ${n}`).toBe('');
  }
}, 900_000);

test('killed while a promoted node moves, it has what it had, on the old generation or the new one', async () => {
  await begin();
  const total = countOf(await trial.child(undefined, 'move', 'special', 'n1'));
  for (let n = 2, round = 0; n <= total; n += 2 * STRIDE, round++) {
    await trial.stage.sh(`cd ${trial.tree('n1')}; echo ${round} > own`);
    await trial.child(n, 'move', 'special', 'n1');
    await trial.ok('up');
    expect(await see('n1'), `killed at ${n}`).toBe(`1 mine ${round} `);
    await trial.stage.ok('image', 'gc', '--dry-run');
    expect(await halves(), `killed at ${n}`).toBe('');
  }
}, 900_000);

test('killed while saving and restoring, a snapshot is whole or not there', async () => {
  await begin();
  const total = countOf(await trial.child(undefined, 'snapshot', 'special', 'n1', 's0'));
  const back = countOf(await trial.child(undefined, 'restore', 'special', 'n1', 's0'));
  for (let n = 1; n <= Math.max(total, back); n += STRIDE) {
    if (n <= total) await trial.child(n, 'snapshot', 'special', 'n1', `s${n}`);
    await trial.stage.sh(`echo lost > ${trial.tree('n1')}/own`);
    if (n <= back) await trial.child(n, 'restore', 'special', 'n1', 's0');
    await trial.ok('up');
    expect([N1(1), '1 mine lost '], `killed at ${n}`).toContain(await see('n1'));
    for (const { name } of await trial.stage.ok<{ name: string }[]>(
      'nfs',
      'snapshot',
      'n1',
      '-i',
      'special',
      '--list',
    )) {
      // prettier-ignore
      await trial.ok('restore', 'special', 'n1', name);
      expect(await see('n1'), `${name}, killed at ${n}`).toBe(N1(1));
    }
    await trial.stage.ok('image', 'gc', '--dry-run');
    expect(await halves(), `killed at ${n}`).toBe('');
  }
}, 900_000);

test('a full disk while refreshing or saving: a clear error, and nodes have what they had', async () => {
  await begin(['mkfs.ext4', '-q'], '48M', 'ext4');
  await trial.image(of(2));
  await trial.ok('tree', 'special:2');
  await trial.stage.sh(`head -c 6M /dev/urandom > ${trial.tree('n1')}/big; sha256sum < ${trial.tree('n1')}/big > ${trial.directory}/sum; head -c 100M /dev/zero > ${trial.store}/filler 2>/dev/null || :`); // prettier-ignore
  const sum = async () =>
    await trial.stage.sh(`sha256sum < ${trial.tree('n1')}/big; cat ${trial.directory}/sum`);
  for (const room of [0, 4]) {
    await trial.stage.sh(`truncate -s -${room}M ${trial.store}/filler`);
    for (const [work, ...words] of [
      ['refresh', 'special:2', 'n1', 'n2'],
      ['snapshot', 'special', 'n1', 'one'],
    ] as const) {
      expect(await trial.child(undefined, work, ...words), work).toMatch(/nfs\/no-space|lock\/full/);
      expect([await see('n1'), await see('n2')]).toEqual([N1(1), N2(1)]);
    }
  }
  await trial.stage.sh(`rm ${trial.store}/filler`);
  await trial.ok('refresh', 'special:2', 'n1', 'n2');
  expect([await see('n1'), await see('n2'), await halves()]).toEqual([N1(2), N2(2), '']);
  const [one, two] = (await sum()).split('\n');
  expect(one).toBe(two);
}, 180_000);

test('a full disk while promoting: a clear error, and the same command goes on', async () => {
  await begin();
  const state = trial.paths.state;
  await trial.stage.sh(`head -c 4M /dev/urandom > ${trial.tree('n1')}/big`);
  const { catalog, work } = trial.paths;
  await trial.stage.sh(`mkdir -p ${work}; mount -t tmpfs -o size=3m small ${work}; mkdir ${work}/locks`);
  expect(await trial.child(undefined, 'promote', 'special', 'n1')).toContain('nfs/no-space');
  await trial.stage.sh(`umount ${work}; ls ${state} ${catalog} >/dev/null`);
  expect(await trial.ok('promote', 'special', 'n1')).toMatchObject({
    generation: { generation: 2 },
    changes: 4,
  });
}, 120_000);
