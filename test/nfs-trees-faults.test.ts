/** Trees that are being made when somebody is killed, the disk is full, or two come at once: whole or nothing, and nothing lost. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NfsTrial } from './support/nfs-trial.ts';

let trial: NfsTrial;
beforeEach(async () => {
  trial = await NfsTrial.open();
});
afterEach(async () => await trial[Symbol.asyncDispose](), 60_000);

/** All moments are tried with SLIPWAY_TEST_ALL=1; else some. */
const STRIDE = process.env['SLIPWAY_TEST_ALL'] ? 1 : 13;
/** How many moments there are; the last line says it. */
const countOf = (said: string) => Number(/operations (\d+)/.exec(said)?.[1]);
const hidden = () => join(trial.store, 'trees');
const names = (directory: string) => {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
};

/** Nodes whose tree is mounted. */
async function mountedNodes(): Promise<string[]> {
  const points = (await trial.stage.mounts()).filter((one) => one.includes('/nodes/'));
  return points.map((one) => one.split('/').at(-1) ?? '').toSorted();
}

test(
  'killed at any moment of making a tree: it is there or not, and the next time it is whole',
  { timeout: 240_000 },
  async () => {
    const { digest } = await trial.image();
    const hex = digest.slice(7);
    const total = countOf(await trial.child(undefined, 'tree', 'special'));
    expect(total).toBeGreaterThan(20);
    const whole = await trial.stage.sh(`cd ${hidden()}/${hex}/root; find . | sort | md5sum`);
    await trial.ok('rmtree', 'special');
    for (let n = 1; n <= total; n += STRIDE) {
      expect(await trial.child(n, 'tree', 'special'), `killed at ${n}`).toBe('killed');
      if (n % 2 === 0) {
        await trial.ok('up');
        expect(
          names(hidden()).filter((one) => one !== hex),
          `killed at ${n}`,
        ).toEqual([]);
      }
      await trial.ok('tree', 'special');
      expect(await trial.stage.sh(`cd ${hidden()}/${hex}/root; find . | sort | md5sum`), `killed at ${n}`).toBe(whole); // prettier-ignore
      expect(names(hidden()), `killed at ${n}`).toEqual([hex]);
      expect(await trial.stage.mounts(), `killed at ${n}`).toEqual([`/srv/slipway/trees/${hex}`]);
      await trial.ok('rmtree', 'special');
      expect(names(hidden()), `killed at ${n}`).toEqual([]);
    }
  },
);

test(
  'killed at any moment of adding: each node has a whole tree or none; up puts it right',
  { timeout: 240_000 },
  async () => {
    await trial.image();
    await trial.ok('add', 'special', 'old');
    await trial.stage.sh(`echo kept > ${trial.tree('old')}/kept`);
    const nodes = ['n1', 'n2', 'n3'];
    const total = countOf(await trial.child(undefined, 'add', 'special', ...nodes));
    expect(total).toBeGreaterThan(30);
    await trial.ok('rm', 'special', ...nodes);
    for (let n = 1; n <= total; n += STRIDE) {
      expect(await trial.child(n, 'add', 'special', ...nodes), `killed at ${n}`).toBe('killed');
      if (n % 2 === 0) await trial.stage.restart();
      await trial.ok('up');
      // What has a record is whole and mounted; of all else nothing is left.
      const there = names(join(trial.store, 'nodes/special'));
      const mounted = await mountedNodes();
      expect(mounted, `killed at ${n}`).toEqual(there);
      expect(there, `killed at ${n}`).toContain('old');
      for (const node of there) {
        expect(names(join(trial.store, 'nodes/special', node)), `killed at ${n}`).toEqual([expect.stringMatching(/^data-/), 'node.json']); // prettier-ignore
        await trial.stage.sh(`cd ${trial.tree(node)}; grep -q hard etc/hard2; echo x > written; rm written`);
      }
      expect(await trial.ok('add', 'special', ...nodes), `killed at ${n}`).toMatchObject({
        image: 'special',
      });
      expect(names(join(trial.store, 'nodes/special')), `killed at ${n}`).toEqual([...nodes, 'old']);
      await trial.ok('rm', 'special', ...nodes);
      expect(await trial.stage.sh(`cat ${trial.tree('old')}/kept`), `killed at ${n}`).toBe('kept\n');
    }
  },
);

test('killed at any moment of removing: it is there as it was, or gone', { timeout: 240_000 }, async () => {
  await trial.image();
  await trial.ok('add', 'special', 'n1', 'n2');
  const total = countOf(await trial.child(undefined, 'rm', 'special', 'n1', 'n2'));
  for (let n = 1; n <= total; n += STRIDE) {
    await trial.ok('add', 'special', 'n1', 'n2');
    await trial.stage.sh(`echo kept > ${trial.tree('n1')}/kept`);
    expect(await trial.child(n, 'rm', 'special', 'n1', 'n2'), `killed at ${n}`).toBe('killed');
    await trial.ok('up');
    const there = names(join(trial.store, 'nodes/special'));
    const mounted = await mountedNodes();
    expect(mounted, `killed at ${n}`).toEqual(there);
    if (there.includes('n1')) expect(await trial.stage.sh(`cat ${trial.tree('n1')}/kept`)).toBe('kept\n');
    if (there.length > 0) await trial.ok('rm', 'special', ...there);
    expect(names(join(trial.store, 'nodes/special')), `killed at ${n}`).toEqual([]);
  }
});

test(
  'a full disk while a tree is made, and while nodes are added: an error that says so, and nothing is left',
  { timeout: 120_000 },
  async () => {
    await trial.storeOn(['mkfs.ext4', '-q', '-N', '400', '-m', '0'], '12M', 'ext4');
    await trial.image({ bytes: 20_000_000 });
    const full = await trial.child(undefined, 'tree', 'special');
    expect(full).toContain('"code":"nfs/no-space"');
    expect(names(hidden())).toEqual([]);
    // A tree that fits; then more nodes than there are inodes: each takes seven.
    await trial.image({ name: 'small', bytes: 100 });
    await trial.ok('add', 'small', 'first');
    await trial.stage.sh(`echo kept > ${trial.tree('first', 'small')}/kept`);
    const before = await trial.inStore();
    const nodes = Array.from({ length: 120 }, (_, i) => `n${i}`);
    const said = await trial.child(undefined, 'add', 'small', ...nodes);
    expect(said).toContain('"code":"nfs/no-space"');
    expect(said).toContain('n[0-119]');
    expect(await trial.inStore()).toEqual(before);
    expect((await trial.stage.mounts()).filter((one) => one.includes('/nodes/'))).toEqual(['/srv/slipway/nodes/small/first']); // prettier-ignore
    // The disk is full to the last block: what is there can be used, mounted anew, and removed.
    await trial.stage.sh(`dd if=/dev/zero of=${trial.store}/fill bs=4k 2>/dev/null || true`);
    await trial.stage.restart();
    await trial.mountStore('ext4');
    expect(await trial.ok('up')).toMatchObject({ nodes: 1, mounted: 2 });
    expect(await trial.stage.sh(`cat ${trial.tree('first', 'small')}/kept`)).toBe('kept\n');
    expect(await trial.ok('rm', 'small', 'first')).toMatchObject({ removed: ['first'] });
  },
);

test('two at once: one waits, and both have what they asked for', { timeout: 120_000 }, async () => {
  const { digest } = await trial.image({ bytes: 3_000_000 });
  const [one, two, three] = await Promise.all([
    trial.ok<{ cached: boolean }>('tree', 'special'),
    trial.ok<{ cached: boolean }>('tree', 'special'),
    trial.ok('add', 'special', 'n1', 'n2'),
  ]);
  expect([one.cached, two.cached].filter((cached) => !cached).length).toBeLessThan(2);
  expect(three).toMatchObject({ added: ['n1', 'n2'] });
  const [a, b] = await Promise.all([
    trial.ok('add', 'special', 'n2', 'n3', 'n4'),
    trial.ok('add', 'special', 'n3', 'n4', 'n5'),
  ]);
  expect([...(a['added'] as string[]), ...(b['added'] as string[])].toSorted()).toEqual(['n3', 'n4', 'n5']);
  await Promise.all([trial.ok('up'), trial.ok('rm', 'special', 'n5'), trial.ok('up')]);
  expect((await trial.stage.mounts()).toSorted()).toEqual([
    ...['n1', 'n2', 'n3', 'n4'].map((node) => `/srv/slipway/nodes/special/${node}`),
    `/srv/slipway/trees/${digest.slice(7)}`,
  ]);
});

test('a record that cannot be read: nothing of what it belongs to is touched', async () => {
  await trial.image();
  await trial.ok('add', 'special', 'n1', 'n2');
  await trial.stage.sh(
    `echo kept > ${trial.tree('n1')}/kept; echo '{"version": 2}' > ${trial.store}/nodes/special/n1/node.json`,
  );
  const before = await trial.inStore();
  expect(await trial.ok('up')).toMatchObject({ nodes: 1 });
  expect(await trial.child(undefined, 'add', 'special', 'n1', 'n3')).toContain('"code":"nfs/bad-record"');
  expect(await trial.child(undefined, 'rm', 'special', 'n1')).toContain('"code":"nfs/bad-record"');
  expect(await trial.inStore()).toEqual(before);
  expect(await trial.stage.sh(`cat ${trial.store}/nodes/special/n1/data-*/upper/kept`)).toBe('kept\n');
});

test('a record of a shared tree that cannot be read: told, its nodes keep their root, and it can be written anew', async () => {
  const { digest } = await trial.image();
  const { stage } = trial;
  await stage.ok('publish', 'special', '--mode', 'readonly');
  await stage.ok('node', 'add', 'n1');
  await stage.ok('nfs', 'add', '-n', 'n1', '-i', 'special');
  const file = `${trial.store}/trees/${digest.slice(7)}/tree.json`;
  await stage.sh(`echo '{"half' > ${file}`);
  await stage.restart();
  const told = async (...words: string[]) => {
    const { code, lines } = await stage.slipway(...words);
    expect(code).toBe(0);
    return JSON.stringify(lines);
  };
  expect(await told('nfs', 'up')).toContain(`The record ${file} cannot be read`);
  expect(await told('nfs', 'ls')).toContain(`The record ${file} cannot be read`);
  const mounts = [`/srv/slipway/trees/${digest.slice(7)}`, '/srv/slipway/nodes/special/n1'];
  expect((await stage.mounts()).toSorted()).toEqual(mounts.toSorted());
  const { exports } = await stage.ok<{ exports: { path: string }[] }>('nfs', 'exports');
  expect(exports.map(({ path }) => path.slice(stage.root.length))).toContain(mounts[0]);
  expect(await stage.fails('publish', 'special', '--mode', 'readonly')).toBe('1 nfs/bad-tree-record');
  expect(await stage.sh(`cat ${file}`)).toBe('{"half\n');
  const whole = await stage.sh(
    `cd ${trial.store}/trees/*/root; find . -printf '%p %i %C@\n' | sort | md5sum`,
  );
  await stage.sh(`rm ${file}`);
  await stage.ok('publish', 'special', '--mode', 'readonly');
  expect(JSON.parse(await stage.sh(`cat ${file}`))).toMatchObject({
    image: 'special',
    generation: 1,
    digest,
  });
  expect(await stage.sh(`cd ${trial.store}/trees/*/root; find . -printf '%p %i %C@\n' | sort | md5sum`)).toBe(
    whole,
  );
  expect(await told('nfs', 'up')).not.toContain('cannot be read');
});
