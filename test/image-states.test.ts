/** In creation, ready, mounted, broken: what listings say, what is refused, and what `image clear` takes away. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { ClearReport } from '../src/image/clear.ts';
import { writePublication } from '../src/image/publications.ts';
import { eachOnAStage } from './support/each-stage.ts';
import type { Stage } from './support/stage.ts';
import type { Trial } from './support/tiny.ts';

let trial: Trial;
let stage: Stage;
eachOnAStage((...both) => ([trial, stage] = both));

const paths = () => trial.installation.paths;
const tiny = async (name: string, steps = '') => await trial.build(await trial.recipe(name, steps));
const clear = async (...words: string[]) =>
  await stage.ok<ClearReport>('image', 'clear', '--grace', '0', ...words);
const SLIPWAY = join(import.meta.dirname, '../bin/slipway');

/** A build that waits in its step until the file `go` of the recipe's directory is there. */
async function slowBuild(name: string) {
  const file = await trial.recipe(
    name,
    'steps:\n  - title: wait for go\n    run: "while :; do sleep 0.1; done"\n',
  );
  const build = stage.start([SLIPWAY, 'build', file, '--json'], { SUDO_USER: 'alice' });
  const listed = async () => (await stage.list()).find((one) => one.name === name);
  for (let one = await listed(); !(one?.state === 'building' && one.building?.step === 'wait for go');)
    one = await listed();
  return { build, listed };
}

test('in creation: who, since when, which step; nothing of it can be removed', async () => {
  await tiny('old');
  const started = Date.now();
  const { build, listed } = await slowBuild('new');
  const one = await listed();
  expect(one).toMatchObject({ state: 'building', generation: 1, digest: null, building: { who: 'alice', what: 'build of new' } }); // prettier-ignore
  const building = one?.state === 'building' ? one.building : undefined;
  expect(Date.parse(building?.since ?? '')).toBeGreaterThan(started - 60_000);
  expect(await stage.fails('image', 'rm', 'new')).toBe('1 image/being-made');
  expect(await stage.fails('image', 'clear', 'new', '--force')).toBe('1 image/being-made');
  const text = await stage.run([SLIPWAY, 'image', 'ls']);
  expect(text.stdout).toMatch(/^new:1 build of new: wait for go, by alice since .* \(process \d+\)$/m);
  build.stop(0);
  await build.done.catch(() => {});
  expect(await listed()).toBeUndefined();
  expect(await stage.fails('image', 'rm', 'new')).toBe('2 image/unknown');
}, 60_000);

test('defect 10: a state is never guessed from a process id that somebody else has by now', async () => {
  const { build, listed } = await slowBuild('new');
  const pid = (await listed())?.state === 'building' ? build.pid : 0;
  expect(pid).toBeGreaterThan(0);
  await stage.restart(); // Its processes are killed; what it wrote of itself stays.
  await build.done.catch(() => {});
  // The number that it left may be anybody's by now.
  const status = join(paths().locks, 'image-new.doing');
  writeFileSync(status, readFileSync(status, 'utf8').replace(/"step":"[^"]*"/, '"step":"forged"'));
  expect(await stage.list()).toEqual([]);
  // Nor does a new holder inherit the step of the one before.
  const again = await slowBuild('new');
  expect(JSON.stringify(await again.listed())).not.toContain('forged');
  again.build.stop(0);
  await again.build.done.catch(() => {});
}, 60_000);

test('defect 5: listings survive images without a system, directories without metadata, and broken JSON', async () => {
  await tiny('good');
  for (const directory of ['mounts/none', 'mounts/.hidden', 'kernels/none', 'layers/keys', 'work/none'])
    mkdirSync(join(paths().state, directory), { recursive: true });
  for (const file of [
    'mounts/broken/mount.json',
    'kernels/6.1/kernel.json',
    'layers/keys/x.json',
    'published/ram-1.json',
  ]) {
    mkdirSync(join(paths().state, file, '..'), { recursive: true });
    writeFileSync(join(paths().state, file), '{"');
  }
  writeFileSync(join(paths().locks, 'image-good.doing'), '{"');
  await trial.write('tree/empty', '');
  const catalog = await Catalog.open(paths());
  const { config } = await catalog.resolve('good');
  await catalog.publish({ config: { ...config, name: 'demo', layers: [], packages: [], system: {} } });
  expect((await stage.list()).map(({ name, state }) => `${name} ${state}`)).toEqual([
    'demo ready',
    'good ready',
  ]);
  for (const words of [['image', 'ls', 'good'], ['image', 'show', 'demo'], ['image', 'history', 'demo'], ['image', 'gc'], ['kernel', 'ls'], ['image', 'clear']])
    expect((await stage.slipway(...words)).code, words.join(' ')).toBe(0); // prettier-ignore
  expect(await stage.ok('image', 'mount', 'good')).toMatchObject({ active: true });
}, 60_000);

test('clear lists what has no metadata, removes it when told to, and nothing else', async () => {
  await tiny('good');
  await tiny('bad', 'steps:\n  - run: echo bad > /bad\n');
  await tiny('kept', 'steps:\n  - run: echo kept > /kept\n');
  const catalog = await Catalog.open(paths());
  for (const name of ['bad', 'kept']) {
    const { layers } = await catalog.resolve(name);
    await rm(catalog.blobPath(layers.at(-1)?.digest ?? ''));
  }
  await stage.ok('node', 'add', 'n1', '--mac', '52:54:00:00:00:01');
  const { generation } = await catalog.resolve('good');
  await writePublication(paths(), { mode: 'livenet', image: generation.digest, created: '', blobs: {}, options: {}, key: '' }); // prettier-ignore
  const junk = ['mounts/half/mnt', 'mounts/bad/upper', 'mounts/.left-x-01234567', 'kernels/6.1.0-junk', 'layers/0123456789ab/fs', 'work/layer-x']; // prettier-ignore
  writeFileSync(join(paths().state, 'published/livenet-x.json'), '{');
  await stage.ok('image', 'mount', 'good');
  for (const one of junk) mkdirSync(join(paths().state, one), { recursive: true });
  mkdirSync(join(paths().mounts, 'held/mnt'), { recursive: true });
  await stage.sh(`mount --bind /etc ${paths().mounts}/held/mnt`);

  const told = await clear();
  const found = (report: ClearReport, stays: boolean) =>
    report.directories
      .filter((one) => (one.stays !== undefined) === stays)
      .map(({ path }) => path.slice(paths().state.length + 1))
      .toSorted();
  const expected = ['kernels/6.1.0-junk', 'layers/0123456789ab', 'mounts/.left-x-01234567', 'mounts/bad', 'mounts/half', 'published/livenet-x.json', 'work/layer-x']; // prettier-ignore
  expect(found(told, false)).toEqual(expected);
  expect(found(told, true)).toEqual(['mounts/held']);
  expect(told.broken.map(({ name }) => name).toSorted()).toEqual(['bad', 'kept']);
  expect((await stage.list()).map(({ name, state }) => `${name} ${state}`)).toEqual(['bad broken', 'good ready', 'kept broken']); // prettier-ignore
  expect(junk.every((one) => existsSync(join(paths().state, one)))).toBe(true);

  // One image: only what is of that name.
  const one = await clear('bad', '--force');
  expect(one.broken.map(({ name }) => name)).toEqual(['bad']);
  expect(found(one, false)).toEqual(['mounts/bad']);
  expect((await stage.list()).map(({ name }) => name)).toEqual(['good', 'kept']);
  expect(await stage.fails('image', 'clear', 'good', '--force')).toBe('1 mount/mounted');
  expect(await stage.fails('image', 'clear', 'none', '--force')).toBe('2 image/unknown');
  for (const name of ['', '../x', 'a b', 'a\nb']) expect(await stage.fails('image', 'clear', name, '--force'), name).toBe('2 name/invalid'); // prettier-ignore

  const done = await clear('--force');
  expect(found(done, true)).toEqual(['mounts/held']);
  expect((await clear()).directories.map(({ path }) => path)).toEqual([join(paths().mounts, 'held')]);
  expect((await stage.list()).map(({ name, state }) => `${name} ${state}`)).toEqual(['good ready']);
  expect(await stage.inside('good', 'cat /etc/os-release')).toContain('ID=tiny');
  expect(existsSync('/etc/passwd')).toBe(true);
  expect(existsSync(join(paths().published, `livenet-${generation.digest.slice(7)}.json`))).toBe(true);
}, 120_000);

test('autoclean can be switched off: then only clear takes away what was left', async () => {
  await tiny('good');
  await trial.write('root/etc/slipway/config.yml', 'autoclean: false\n');
  const left = [join(paths().work, 'layer-x'), join(paths().mounts, '.gone-good-01234567')];
  for (const path of left) mkdirSync(path, { recursive: true });
  await stage.ok('image', 'mount', 'good');
  await stage.ok('image', 'umount', 'good');
  expect(left.map((path) => existsSync(path))).toEqual([true, true]);
  expect((await clear()).directories.map(({ path }) => path).toSorted()).toEqual(left.toSorted());
  await clear('--force');
  expect(left.map((path) => existsSync(path))).toEqual([false, false]);
  for (const path of left) mkdirSync(path, { recursive: true });
  await trial.write('root/etc/slipway/config.yml', 'autoclean: true\n');
  await stage.ok('image', 'mount', 'good');
  expect(left.map((path) => existsSync(path))).toEqual([false, false]);
}, 60_000);

test('defect 7: a clone refuses empty, taken and impossible names; defect 15: rm asks who uses it', async () => {
  await tiny('good');
  for (const name of ['', '../x', 'a b', 'a\nb', 'UP', 'sha256'])
    expect(await stage.fails('image', 'clone', 'good', name), name).toMatch(/^2 (name\/invalid|image\/bad-name|cli\/usage)$/); // prettier-ignore
  expect(await stage.fails('image', 'clone', 'good', 'good')).toBe('2 image/exists');
  await stage.ok('image', 'clone', 'good', 'copy');
  await stage.ok('image', 'mount', 'copy');
  expect(await stage.fails('image', 'rm', 'copy')).toBe('1 mount/mounted');
  // The other name of the same content is another image.
  await stage.ok('image', 'rm', 'good');
  await stage.ok('image', 'gc', '--grace', '0');
  expect(await stage.inside('copy', 'cat /etc/os-release')).toContain('ID=tiny');
  expect(await stage.fails('image', 'resize', 'copy', '500M')).toBe('1 mount/mounted');
  await stage.ok('image', 'umount', 'copy');
  await stage.ok('image', 'rm', 'copy');
  expect(await stage.list()).toEqual([]);
}, 60_000);
