import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { BuildView } from './build-table.ts';
import { Builds } from './builds.ts';

/** Stands for the command line: says how it was called; recipes named `slow` wait, `bad` fail. */
const FAKE = `
const argv = process.argv.slice(2);
const file = argv.at(-1);
const say = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
process.on('SIGTERM', () => { say({ event: 'error', code: 'cli/interrupted', what: 'stopped', why: 'w', todo: 't' }); process.exit(143); });
say({ event: 'called', argv, root: process.env.SLIPWAY_ROOT, secret: process.env.SLIPWAY_TOKEN ?? null });
process.stdout.write('no JSON\\n');
if (file.endsWith('slow.yml')) setInterval(() => {}, 1000);
else if (file.endsWith('bad.yml')) { say({ event: 'error', code: 'build/bad', what: 'bad', why: 'w', todo: 't' }); process.exitCode = 1; }
else say({ event: 'built', image: 'x', generation: 1, digest: 'sha256:0', cached: false, seconds: 1, bytes: 1 });
`;

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let command: string[];
beforeAll(async () => {
  here = await temporaryInstallation();
  const { root, etc } = here.installation.paths;
  mkdirSync(join(etc, 'recipes'), { recursive: true });
  for (const name of ['good', 'slow', 'bad'])
    writeFileSync(join(etc, `recipes/${name}.yml`), `name: ${name}\n`);
  writeFileSync(join(root, 'fake.mjs'), FAKE);
  command = [process.execPath, join(root, 'fake.mjs')];
});
afterAll(() => here[Symbol.asyncDispose]());

/** Opens builds; `until` waits for a state. */
async function open() {
  let wake = () => {};
  const builds = await Builds.open({
    db: here.database.db,
    installation: here.installation,
    command,
    onChange: () => wake(),
  });
  const until = async (id: string, ...states: BuildView['state'][]) => {
    for (;;) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const build = await builds.show(id);
      if (states.includes(build.state)) return build;
      await changed;
    }
  };
  return { builds, until };
}

test('a build is a process that gets what was asked for, and nothing of our environment', async () => {
  process.env['SLIPWAY_TOKEN'] = 'of the server';
  const { builds, until } = await open();
  const order = { recipe: 'good', name: 'n', variables: { a: 'x y', b: 1, c: true }, noCache: true };
  const { id, state } = await builds.start(order, 'me');
  expect(state).toBe('waiting');
  const done = await until(id, 'done');
  expect(done).toMatchObject({ ...order, who: 'me', state: 'done', built: { image: 'x', generation: 1 } });
  const ring = await builds.events(id);
  const events = [];
  let at = 0;
  for (let next = ring.next(at); next; next = ring.next(at)) {
    events.push(next.item.value);
    at = next.item.number;
  }
  const file = join(here.installation.paths.etc, 'recipes/good.yml');
  const argv = ['build', '--json', '--name', 'n', '--set', 'variables.a="x y"', '--set', 'variables.b=1', '--set', 'variables.c=true', '--no-cache', file]; // prettier-ignore
  expect(events[1]).toEqual({ event: 'called', argv, root: here.installation.paths.root, secret: null });
  expect(events.map((event) => event['event'])).toEqual(['build', 'called', 'built', 'build']);
  delete process.env['SLIPWAY_TOKEN'];
  await builds.close();
});

test('one runs, the others wait; each can be cancelled; a failure says why', async () => {
  const { builds, until } = await open();
  const ids = [];
  for (const recipe of ['slow', 'bad', 'slow']) ids.push((await builds.start({ recipe }, 'me')).id);
  const [first = '', second = '', third = ''] = ids;
  await until(first, 'running');
  expect((await builds.show(second)).state).toBe('waiting');
  expect((await builds.cancel(third)).state).toBe('cancelled');
  // It must have begun: a signal before that would be no clean end.
  const ring = await builds.events(first);
  if (ring.last < 2) await new Promise<void>((resolve) => ring.listen(() => ring.last >= 2 && resolve()));
  await builds.cancel(first);
  expect((await until(first, 'cancelled')).error).toMatchObject({ code: 'cli/interrupted' });
  expect((await until(second, 'failed')).error).toMatchObject({ code: 'build/bad', what: 'bad' });
  await expect(builds.cancel(first)).rejects.toMatchObject({ code: 'job/ended' });
  await expect(builds.cancel('x')).rejects.toMatchObject({ code: 'job/no-build' });
  expect((await builds.list()).slice(0, 3).map((one) => one.id)).toEqual([third, second, first]);
  await builds.close();
});

test('what a server that ends leaves is interrupted, whether it could say so or not', async () => {
  const { builds, until } = await open();
  const { id } = await builds.start({ recipe: 'slow' }, 'me');
  const waits = await builds.start({ recipe: 'good' }, 'me');
  await until(id, 'running');
  await builds.close();
  expect([(await builds.show(id)).state, (await builds.show(waits.id)).state]).toEqual([
    'interrupted',
    'interrupted',
  ]);
  const { db } = here.database;
  await db.updateTable('build').set({ state: 'running', ended: null }).where('id', '=', id).execute();
  const { builds: later } = await open();
  const found = await later.show(id);
  expect([found.state, found.ended !== undefined]).toEqual(['interrupted', true]);
  const ring = await later.events(id);
  expect(ring.next(0)?.item.value).toMatchObject({ event: 'build', state: 'interrupted' });
  await later.close();
});

test('recipes are named, values are words', async () => {
  const { builds } = await open();
  for (const recipe of ['none', '../good', '/etc/passwd', 'good.yml', ''])
    await expect(builds.start({ recipe }, 'me'), recipe).rejects.toMatchObject({ code: 'job/no-recipe' });
  for (const v of ['/etc', '..', 'a/../b', '$x', '`x`', '"', "'", ';', '\n', '{{x}}', '\\'])
    await expect(builds.start({ recipe: 'good', variables: { v } }, 'me'), v).rejects.toMatchObject({
      code: 'job/bad-value',
    });
  await builds.close();
});
