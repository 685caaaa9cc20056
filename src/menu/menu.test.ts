import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publish, testCatalog } from '../../test/support/catalog.ts';
import { Catalog } from '../image/catalog.ts';
import { lock } from '../system/lock.ts';
import { BACK, testSession, type Step } from './fixture.ts';
import { mainMenu } from './loop.ts';
import { ENTRIES } from './entries.ts';

const ENTRY = 'Select an action:';
const EXIT: Step = [ENTRY, '10'];

/** Goes through the menu with these answers, to its end. */
async function walk(root: string, script: readonly Step[]) {
  const test = testSession(root, script);
  await mainMenu(test.session, { renew() {}, ended: () => false });
  expect(test.ask.left).toEqual([]);
  return { ...test, text: test.text() };
}

const demo = (name: string, message = ''): Step[] => [
  [ENTRY, '1'],
  ['module', 'demo'],
  [ENTRY, 'create'],
  ['name of the demo', name],
  ['my_message', message],
];

test('the entries are those of disklessset, with its numbers', async () => {
  const facts = [
    'Manage and create diskless images (need modules)', 'List available diskless images', 'Remove a diskless image',
    'Clone a diskless image', 'Create an image from a parameters file', 'Manage kernel of a diskless image',
    'List available kernels', 'Generate a new initramfs', 'Clear a corrupted image (Use only as a last resort)', 'Exit',
  ]; // prettier-ignore
  expect(ENTRIES.map(({ title }) => title)).toEqual(facts);
  for (const { load } of ENTRIES) if (load) expect(await load()).toBeTypeOf('function');
});

test('a demo image is made, shown, corrupted, cleaned by the next listing; each time the command that does the same is named', async () => {
  await using t = await testCatalog();
  const { text } = await walk(t.root, [
    ...demo('d1', "it's a demo"),
    [ENTRY, '2'],
    [ENTRY, '1'],
    ['module', '1'],
    [ENTRY, 'corrupt'],
    ['demo image to corrupt', 'd1'],
    [ENTRY, '2'],
    EXIT,
  ]);
  expect(text).toContain("slipway demo create d1 --message 'it'\\''s a demo'");
  expect(text).toMatch(/\[CREATED\]\n • Image name: d1\n(.*\n)* {5}├── my_message: it's a demo\n/);
  expect(text).toContain('d1 is broken now');
  expect(text).toMatch(/Removed, for they were broken: d1:1\n.*There is no image yet/);
  expect(await t.catalog.generations()).toEqual([]);
});

test('defect 7: a name that is empty, taken or not valid is told at once, and asked again', async () => {
  await using t = await testCatalog();
  await publish(t.catalog, 'a');
  const { ask } = await walk(t.root, [
    [ENTRY, '4'],
    ['image to clone', 'a'],
    ['Name of the new image', ' '],
    ['Name of the new image', 'a'],
    ['Name of the new image', '../b'],
    ['Name of the new image', 'b c\n'],
    ['Name of the new image', 'b'],
    EXIT,
  ]);
  const told = ask.asked.filter((line) => line.startsWith('! '));
  expect(told.map((line) => line.split('\n')[0])).toEqual([
    '! Image name cannot be empty',
    '! Image a already exists, use another image name',
    '! "../b" is not a valid image name',
    '! "b c" is not a valid image name',
  ]);
  const names = (await t.catalog.generations()).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['a', 'b']);
});

test('remove: a whole image or one generation; no is what Enter says', async () => {
  await using t = await testCatalog();
  for (const layer of ['one', 'two', 'three']) await publish(t.catalog, 'a', { layers: [layer] });
  await publish(t.catalog, 'b');
  const { text } = await walk(t.root, [
    [ENTRY, 'remove'],
    ['image to remove', 'a'],
    ['What of it', 'a:2'],
    ['Remove a:2?', 'yes'],
    [ENTRY, '3'],
    ['image to remove', 'b'],
    ['Remove b?', ''],
    [ENTRY, '3'],
    ['image to remove', '1'],
    ['What of it', 'whole'],
    ['Remove a?', 'y'],
    EXIT,
  ]);
  expect(text.match(/removed \S+/g)).toEqual(['removed a:2', 'removed a:1', 'removed a:3']);
  expect((await t.catalog.generations()).map(({ name }) => name)).toEqual(['b']);
});

test('a failure is shown as everywhere, and the same answers stand in the fields again', async () => {
  await using t = await testCatalog();
  const file = `${t.root}/p.yml`;
  const { text } = await walk(t.root, [
    [ENTRY, '5'],
    ['path of the parameters file', ''],
    ['path of the parameters file', file],
    ['Try again', ''],
    ['path of the parameters file', ''], // Enter: the path of before
    ['Try again', 'no'],
    EXIT,
  ]);
  expect(text.match(/^error\[recipe\/.*$/gm)).toHaveLength(2);
  writeFileSync(file, 'image_data:\n  name: d1\n  image_class: DemoImage\n  my_message: hi\n');
  const { text: second } = await walk(t.root, [[ENTRY, '5'], ['path of the parameters file', file], EXIT]);
  expect(second).toContain('d1:1');
  expect(second).toContain(`slipway build ${file}`);
});

test('Ctrl-C leads back to the main menu, there twice in a row out of it', async () => {
  await using t = await testCatalog();
  const { text } = await walk(t.root, [
    [ENTRY, '1'],
    ['module', BACK],
    ...demo('x').slice(0, 3),
    ['name of the demo', BACK],
    ...demo('d1'),
    [ENTRY, BACK],
    [ENTRY, '2'],
    [ENTRY, '1'],
    ['module', BACK],
    [ENTRY, BACK],
  ]);
  expect(text.match(/Back at the main menu/g)).toHaveLength(4);
});

test('golden images and their nodes: without an image with a system there is nothing to choose', async () => {
  await using t = await testCatalog();
  const { text, events } = await walk(t.root, [
    [ENTRY, '1'],
    ['module', 'nfs'],
    [ENTRY, '2'],
    [ENTRY, '1'],
    ['module', 'nfs'],
    [ENTRY, '3'],
    EXIT,
  ]);
  expect(text.match(/There is no image with a system in it yet/g)).toHaveLength(2);
  expect(events).toEqual([]);
});

test('the list shows each state, and one that cannot be read does not stop it (defect 5)', async () => {
  await using t = await testCatalog();
  await publish(t.catalog, 'fine');
  await publish(t.catalog, 'torn');
  await publish(t.catalog, 'half', { layers: ['only here'] });
  rmSync(t.catalog.blobPath((await t.catalog.find('torn')).digest));
  rmSync(t.catalog.blobPath((await t.catalog.resolve('half')).layers[0]?.digest ?? ''));
  const { text } = await walk(t.root, [[ENTRY, '2'], EXIT]);
  expect(text).toMatch(/\[CREATED\]\n • Image name: fine\n/);
  expect(text).toMatch(/\[BROKEN\]\n • Image name: half\n(.*\n)* • Image name: torn\n/);
  expect(text).toContain('├── kernel: vmlinuz-6.1.0-1-amd64\n');
  expect(text).toContain('├── image: initramfs-kernel-6.1.0-1-amd64\n');
});

test('clear tells what would go, asks, and takes all or one image', async () => {
  await using t = await testCatalog();
  for (const name of ['fine', 'torn', 'half'])
    await publish(t.catalog, name, { layers: [`layer of ${name}`] });
  for (const name of ['torn', 'half'])
    rmSync(t.catalog.blobPath((await t.catalog.resolve(name)).layers[0]?.digest ?? ''));
  const names = async () => (await t.catalog.generations()).map(({ name }) => name);
  const { text } = await walk(t.root, [[ENTRY, '9'], ['What of it', 'all'], ['Remove it?', 'no'], EXIT]);
  expect(text).toContain('half:1, which is broken\n');
  expect(text).toContain('torn:1, which is broken\n');
  expect(await names()).toEqual(['fine', 'half', 'torn']);
  const { text: second } = await walk(t.root, [
    [ENTRY, '9'],
    ['What of it', 'torn'],
    ['Remove what is broken of torn?', 'yes'],
    [ENTRY, '9'],
    ['Remove it?', 'yes'],
    EXIT,
  ]);
  expect(second).toContain('slipway image clear torn --force');
  expect(await names()).toEqual(['fine']);
});

test('without autoclean a broken demo image stays, and is shown as what it is', async () => {
  await using t = await testCatalog();
  mkdirSync(`${t.root}/etc/slipway`, { recursive: true });
  writeFileSync(`${t.root}/etc/slipway/config.yml`, 'autoclean: false\n');
  const { text } = await walk(t.root, [
    ...demo('d1'),
    [ENTRY, '1'],
    ['module', '1'],
    [ENTRY, 'corrupt'],
    ['demo image to corrupt', 'd1'],
    [ENTRY, '2'],
    EXIT,
  ]);
  expect(text).toMatch(/\[BROKEN\]\n • Image name: d1\n/);
});

test('an image in creation is shown with who makes it and the step; it is not removed', async () => {
  await using t = await testCatalog();
  using _ = await lock(t.paths.locks, 'image-slow', 'build of slow', {});
  const { text } = await walk(t.root, [[ENTRY, '2'], EXIT]);
  expect(text).toMatch(/\[IN_CREATION\]\n • Image name: slow\n {5}├── work: build of slow\n/);
  expect(text).toContain(`Installation pid: ${process.pid}\n`);
});

test('nothing there: each entry says so', async () => {
  await using t = await testCatalog();
  const { text } = await walk(t.root, [[ENTRY, '2'], [ENTRY, '3'], [ENTRY, '4'], [ENTRY, '9'], EXIT]);
  expect(text.match(/There is no image yet/g)).toHaveLength(3);
  expect(text).toContain('Nothing is broken');
  expect((await (await Catalog.open(t.paths)).list()).length).toBe(0);
});

test('what changes something stands in the audit log, as from the command line', async () => {
  await using t = await testCatalog();
  await publish(t.catalog, 'a');
  await walk(t.root, [[ENTRY, '4'], ['image to clone', 'a'], ['Name of the new', 'b'], EXIT]);
  const { openDatabase } = await import('../db/database.ts');
  await using database = await openDatabase(t.paths.database);
  const rows = await database.db.selectFrom('audit').select(['operation']).execute();
  expect(rows).toEqual([{ operation: 'image.clone' }]);
});

test('what was done is broken at blanks', async () => {
  await using t = await testCatalog();
  const shown = testSession(t.root, []);
  shown.session.done(`removed ${'/a/long/path '.repeat(9).trim()}`);
  const lines = shown.text().trimEnd().split('\n').slice(1);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^ ✓ removed \/a\/long/);
  expect(lines[1]).toMatch(/^ {3}\/a\/long/);
});
