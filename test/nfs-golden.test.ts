/** Golden images and their nodes, as users of disklessset and bootset know them: by command, by the menu. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { Step } from '../src/menu/fixture.ts';
import { exportsText } from '../src/nfs/exports/kernel.ts';
import { wantedExports } from '../src/nfs/exports/wanted.ts';
import { treeRoot } from '../src/nfs/store.ts';
import { loadInstallation } from '../src/system/config.ts';
import { openDatabase } from '../src/db/database.ts';
import { NfsTrial } from './support/nfs-trial.ts';
import { EXPECTED, LOOK } from './support/special-tree.ts';

let trial: NfsTrial;
beforeAll(async () => {
  trial = await NfsTrial.open('clients: [10.0.0.0/24]');
  await trial.image();
  await trial.stage.ok(
    'node',
    'add',
    'c[001-004]',
    '--mac',
    '52:54:00:00:00:[01-04]',
    '--address',
    '10.0.0.[1-4]',
  );
});
afterAll(async () => await trial[Symbol.asyncDispose]());

const ENTRY = 'Select an action:';
const NFS: Step[] = [
  [ENTRY, '1'],
  ['module', 'nfs'],
];

/** Goes through the menu to its end. */
async function menu(...script: Step[]): Promise<{ text: string; asked: string[] }> {
  const steps = JSON.stringify([...script, [ENTRY, '10']]);
  const argv = [process.execPath, resolve('test/support/menu-child.ts'), trial.stage.root, steps];
  const { stdout, stderr } = await trial.stage.run(argv);
  const done = JSON.parse(stdout || JSON.stringify({ left: stderr })) as {
    text: string;
    asked: string[];
    left: unknown;
  };
  expect(done.left).toEqual([]);
  return done;
}

test('a golden image is a clone, published; a name that is taken, or that is none, is refused before anything is made', async () => {
  const { stage } = trial;
  for (const [name, code] of [
    ['special', 'image/exists'],
    ['', 'cli/usage'],
    ['../x', 'name/invalid'],
  ] as const)
    expect(await stage.fails('nfs', 'golden', 'special', name)).toContain(code);
  expect(await stage.fails('nfs', 'golden', 'nothing', 'golden')).toContain('image/unknown');
  const made = await stage.ok<{ digest: string }>('nfs', 'golden', 'special', 'golden');
  const catalog = await Catalog.open(trial.paths);
  const image = await catalog.resolve('golden');
  expect(image.generation).toMatchObject({ name: 'golden', generation: 1, digest: made.digest });
  expect(image.published?.map(({ mode }) => mode)).toEqual(['nfs']);
  expect((await catalog.resolve('special')).generation.digest).toBe(made.digest);
});

test('defect 4: golden trees and trees of nodes keep owners, hard links, attributes and capabilities', async () => {
  const { stage } = trial;
  await stage.ok('nfs', 'add', '-n', 'c001', '-i', 'golden');
  const { digest } = (await (await Catalog.open(trial.paths)).resolve('golden')).generation;
  for (const tree of [treeRoot(trial.paths, digest), trial.tree('c001', 'golden')])
    expect(await stage.sh(`cd ${tree}; ${LOOK}`)).toBe(
      `${EXPECTED.map((line) => line.replace('SECRET', '/etc/hostname')).join('\n')}\n`,
    );
});

test('defect 3: nothing is exported to everybody, and root is root only where a tree belongs to one node', async () => {
  const { stage } = trial;
  await stage.ok('publish', 'golden', '--mode', 'readonly');
  await using database = await openDatabase(trial.paths.database);
  const wanted = await wantedExports(loadInstallation(stage.root), database.db, { clients: {} });
  const text = exportsText(wanted.map((one, id) => ({ ...one, id })));
  const lines = text.split('\n').filter((line) => line.startsWith('/'));
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const clients = [...line.matchAll(/ ([^( ]+)\(([^)]*)\)/g)];
    expect(clients.map(([, client]) => client)).toEqual([
      line.includes('/nodes/') ? '10.0.0.1' : '10.0.0.0/24',
    ]);
    for (const [, , options = ''] of clients)
      if (line.includes('/nodes/')) expect(options).toMatch(/^rw,.*\bno_root_squash\b/);
      else expect(options).toMatch(/^ro,.*\ball_squash\b/);
  }
  await stage.ok('unpublish', 'golden', '--mode', 'readonly');
});

test('defect 17: removing nodes that are not in a golden image names them, and removes nothing', async () => {
  const { stage } = trial;
  const { code, last } = await stage.slipway('nfs', 'rm', '-n', 'c[001-002]', '-i', 'golden');
  expect(code).toBeGreaterThan(0);
  expect(JSON.stringify(last)).toMatch(/nfs\/not-in-image.*c002/);
  await stage.sh(`test -d ${trial.tree('c001', 'golden')}/etc`);
});

test('defect 18: a node boots a golden image only if it has a tree of it', async () => {
  const { stage } = trial;
  const { code, last } = await stage.slipway('bootset', '-n', 'c[001-003]', '-b', 'diskless', '-i', 'golden');
  expect(code).toBe(1);
  expect(JSON.stringify(last)).toMatch(/nfs\/no-tree.*slipway nfs add -n c\[002-003\] -i golden/);
  expect(JSON.stringify(await stage.ok('boot', 'show', 'c001'))).not.toContain('golden');
  await stage.ok('bootset', '-n', 'c001', '-b', 'diskless', '-i', 'golden');
  expect(await stage.ok('boot', 'show', 'c001')).toMatchObject({ image: 'golden', mode: 'nfs' });
  // Also without bootset, and when the node asks.
  expect(await stage.fails('boot', 'set', '-n', 'c002', '-i', 'golden', '--mode', 'nfs')).toContain(
    'nfs/no-tree',
  );
});

test('bootset: an image that is in no NFS mode is booted from memory again', async () => {
  const { stage } = trial;
  await trial.image({ name: 'plain', bytes: 5000 });
  await stage.ok('bootset', '-n', 'c001', '-b', 'diskless', '-i', 'plain');
  expect(await stage.ok('boot', 'show', 'c001')).toMatchObject({ image: 'plain', mode: 'ram' });
  await stage.ok('bootset', '-n', 'c001', '-b', 'diskless', '-i', 'golden');
});

test('the menu: a golden image, its nodes, and the commands that do the same', async () => {
  const made = await menu(
    ...NFS,
    [ENTRY, '2'],
    ['staging image', 'special'],
    ['golden image', 'golden'],
    ['golden image', 'golden2'],
  );
  expect(made.asked).toContainEqual(expect.stringContaining('! Image golden already exists'));
  expect(made.text).toContain('golden2:1 is a golden image of special');
  expect(made.text).toContain('slipway nfs golden special golden2');
  const add = await menu(
    ...NFS,
    [ENTRY, '3'],
    ['golden image', 'golden2'],
    [ENTRY, 'add'],
    ['nodes to add', 'c[002'],
    ['nodes to add', ''],
    ['nodes to add', 'c[002-003]'],
  );
  expect(add.asked.filter((line) => line.startsWith('!'))).toHaveLength(2);
  expect(add.text).toMatch(/c\[002-003\]: trees of golden2:1, by \w+/);
  expect(add.text).toContain("slipway nfs add -n 'c[002-003]' -i golden2");
  const list = await menu([ENTRY, '2'], ...NFS, [ENTRY, '3'], ['golden image', 'golden2'], [ENTRY, 'list']);
  expect(list.text).toContain(`NFS_DIRECTORY: ${trial.paths.exports}/nodes/golden2`);
  expect(list.text).toContain('nodes: c[002-003]');
  expect(list.text).toMatch(/generation 1: c\[002-003\], by \w+/);
  const wrong = await menu(
    ...NFS,
    [ENTRY, '3'],
    ['golden image', 'golden2'],
    [ENTRY, 'remove'],
    ['nodes to remove', 'c[003-004]'],
    ['Remove the trees', 'y'],
    ['Try again', 'n'],
  );
  expect(wrong.text).toMatch(/error\[nfs\/not-in-image\].*c004/);
  const removed = await menu(
    ...NFS,
    [ENTRY, '3'],
    ['golden image', 'golden2'],
    [ENTRY, 'remove'],
    ['nodes to remove', 'c[002-003]'],
    ['Remove the trees', 'y'],
  );
  expect(removed.text).toContain('removed the trees of c[002-003]');
  expect(removed.text).toContain("slipway nfs rm -n 'c[002-003]' -i golden2");
  const none = await menu(...NFS, [ENTRY, '3'], ['golden image', 'golden2'], [ENTRY, 'list']);
  expect(none.text).toContain('golden2 has no nodes yet');
});
