import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { Db } from '../db/database.ts';
import { fingerprint, fingerprints, type RenderedFile } from '../files/rendered.ts';
import type { Resolved } from '../image/types.ts';
import { addNodes, setNodes } from '../node/registry.ts';
import { bootArguments, makePlan } from './plan.ts';
import { findDrift } from './drift.ts';
import { digestOf, fakeImage } from './fixture.ts';
import { bootHistory, bootLog } from './history.ts';
import { addLines } from './node-log.ts';
import { limitSightings, noteSightings, sightingsOf } from './sighting.ts';
import { openSession } from './open-session.ts';
import type { Session } from './session.ts';
import { addStage } from './stages.ts';
import { bootStates } from './status.ts';
import { patience, usualStay } from './usual.ts';
import { whyNotReady } from './why.ts';

const images: Record<string, Resolved> = {};
const catalog = {
  resolve: async (ref: string) => {
    const found = images[ref];
    if (!found) throw Object.assign(new Error(`no image ${ref}`), { code: 'image/unknown' });
    return found;
  },
  find: async (ref: string) => (await catalog.resolve(ref)).generation,
};
let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
const mac = '52:54:00:00:00:01';
const start = Date.parse('2026-05-01T10:00:00Z');

beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
  for (const key of Object.keys(images)) delete images[key];
  for (const n of [7, 8]) images[`compute:${n}`] = images[digestOf(String(n))] = fakeImage('compute', n);
  images['compute'] = fakeImage('compute', 7);
  await addNodes(db, 'n1', { macs: [mac], image: 'compute', arguments: ['a=1'] });
  await addNodes(db, 'n2', {});
});
afterEach(() => here[Symbol.asyncDispose]());

const file = (digest: string, more: Partial<RenderedFile> = {}): RenderedFile => ({
  path: '/etc/motd', kind: 'file', mode: '0644', owner: 'root', group: 'root', secret: false, refresh: false, digest, ...more,
}); // prettier-ignore

let count = 0;
async function boot(
  stages: readonly [string, number, string?][],
  now = start,
  name = 'n1',
): Promise<Session> {
  const node = await db.selectFrom('node').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
  const plan = await makePlan({ images: catalog }, { name, arguments: ['a=1'] }, 'compute');
  const session = await openSession(db, {
    id: (++count).toString(16).padStart(32, '0'),
    node,
    mac: name === 'n1' ? mac : '52:54:00:00:00:02',
    client: '192.0.2.9',
    image: plan.image,
    mode: 'ram',
    given: {
      arguments: bootArguments(here.installation, plan),
      files: fingerprints([file('1')]),
      settings: { overlay: 'tmpfs 50%', trap: 'shell' },
    },
    now,
  });
  let current = session;
  for (const [stage, seconds, detail] of stages) {
    await addStage(db, current, stage, { now: now + seconds * 1000, detail });
    current = { ...current, stage };
  }
  return session;
}
const all: [string, number][] = [
  ['loaded', 2],
  ['initramfs', 5],
  ['ready', 20],
];

describe('boot status', () => {
  test('has exactly the keys that scripts rely on, null where nothing is known', async () => {
    expect(await bootStates(db, catalog)).toEqual([
      {
        node: 'n1',
        image: 'compute:7',
        digest: digestOf('7'),
        mode: 'ram',
        stage: null,
        since: null,
        ready: false,
      },
      { node: 'n2', image: null, digest: null, mode: null, stage: null, since: null, ready: false },
    ]);
  });

  test('is that of the newest boot', async () => {
    await boot(all);
    const since = new Date(start + 20_000).toISOString();
    const base = { node: 'n1', image: 'compute:7', digest: digestOf('7'), mode: 'ram' };
    images['compute'] = fakeImage('compute', 8);
    expect(await bootStates(db, catalog, 'n1')).toEqual([{ ...base, stage: 'ready', since, ready: true }]);
    await boot([['loaded', 1]], start + 60_000);
    expect(await bootStates(db, catalog, 'n1')).toMatchObject([
      { image: 'compute:8', stage: 'loaded', ready: false },
    ]);
  });

  test('firmware that asks by DHCP is a node that boots again', async () => {
    await boot(all);
    await noteSightings(db, new Map([[mac, { firmware: start + 90_000 }]]));
    expect(await bootStates(db, catalog, 'n1')).toMatchObject([
      { stage: 'dhcp', since: new Date(start + 90_000).toISOString(), ready: false },
    ]);
    await boot([], start + 95_000);
    expect(await bootStates(db, catalog, 'n1')).toMatchObject([{ stage: 'ipxe' }]);
  });
});

describe('boot why', () => {
  test('compares with what boots of this image took', async () => {
    for (const [index, wait] of [3, 4, 9].entries())
      await boot(
        [
          ['loaded', 2],
          ['initramfs', 2 + wait],
          ['ready', 30],
        ],
        start + index * 100_000,
        'n2',
      );
    const session = await boot([['loaded', 2]], start + 900_000);
    const now = start + 900_000 + 10_000;
    const why = await whyNotReady(db, 'n1', true, now);
    expect(why).toMatchObject({ state: 'waiting', stage: 'loaded', seconds: 8, cause: null });
    expect(why.usual).toEqual({ boots: 3, median: 4, longest: 9 });
    expect(why.patience).toBe(69);
    expect(await whyNotReady(db, 'n1', true, now + 70_000)).toMatchObject({
      state: 'overdue',
      cause: { class: 'silent' },
    });
    await addLines(db, [
      {
        session: session.id,
        at: now,
        source: 'netconsole',
        line: 'Kernel panic - not syncing: Attempted to kill init!',
      },
    ]);
    expect(await whyNotReady(db, 'n1', true, now)).toMatchObject({
      state: 'failed',
      cause: { class: 'panic', detail: 'Kernel panic - not syncing: Attempted to kill init!' },
      lines: [{ authentic: false }],
    });
  });

  test('what never booted: what was seen of it', async () => {
    expect(await whyNotReady(db, 'n1', true)).toMatchObject({ state: 'failed', cause: { class: 'no-dhcp' } });
    expect(await whyNotReady(db, 'n2', true)).toMatchObject({
      state: 'failed',
      cause: { class: 'no-image' },
    });
    await noteSightings(db, new Map([[mac, { firmware: start, ipxe: start + 1 }]]));
    expect(await whyNotReady(db, 'n1', true, start + 600_000)).toMatchObject({
      stage: 'dhcp',
      cause: { class: 'no-script' },
    });
    await noteSightings(db, new Map([[mac, { refused: start + 2, reason: 'it is broken' }]]));
    expect(await whyNotReady(db, 'n1', true, start + 3000)).toMatchObject({
      cause: { class: 'refused', detail: 'it is broken' },
    });
  });

  test('no comparison: patience by stage; history and log of one node', async () => {
    const session = await boot(all);
    expect(
      await usualStay(db, { session: session.id, image: 'compute:7', mode: 'ram' }, 'ipxe'),
    ).toBeUndefined();
    expect(patience('ipxe', undefined)).toBe(180);
    expect((await bootHistory(db, 'n1'))[0]?.stages.map((one) => [one.name, one.seconds, one.step])).toEqual([
      ['ipxe', 0, 0],
      ['loaded', 2, 2],
      ['initramfs', 5, 3],
      ['ready', 20, 15],
    ]);
    expect(await bootLog(db, 'n1')).toEqual([]);
    await expect(bootLog(db, 'n1', 'x')).rejects.toMatchObject({ code: 'boot/unknown-session' });
  });
});

describe('drift', () => {
  const find = async (motd = file('1')) =>
    await findDrift({ installation: here.installation, db, catalog, files: async () => [motd] }, 'n1');

  test('none: another tag of the same image changes nothing', async () => {
    expect(await find()).toEqual([
      { node: 'n1', running: null, assigned: digestOf('7'), drift: false, changes: [] },
    ]);
    await boot(all);
    await setNodes(db, 'n1', { image: 'compute:7' });
    expect(await find()).toEqual([
      { node: 'n1', running: digestOf('7'), assigned: digestOf('7'), drift: false, changes: [] },
    ]);
  });

  test('image, mode, arguments and files, by content', async () => {
    await boot(all);
    images['compute'] = fakeImage('compute', 8);
    images['compute'].config.packages = [{ name: 'htop', version: '1', architecture: 'amd64' }] as never;
    images[digestOf('8')] = images['compute'];
    await setNodes(db, 'n1', { arguments: ['a=2', 'b'] });
    const [drift] = await find(file('2'));
    expect(drift).toEqual({
      node: 'n1',
      running: digestOf('7'),
      assigned: digestOf('8'),
      drift: true,
      changes: [
        { what: 'image', from: 'compute:7', to: 'compute:8' },
        { what: 'packages', from: '0', to: '1: 1 added, 0 removed, 0 in another version' },
        { what: 'argument', name: 'a', from: 'a=1', to: 'a=2' },
        { what: 'argument', name: 'b', from: null, to: 'b' },
        { what: 'file', name: '/etc/motd', from: fingerprint(file('1')), to: fingerprint(file('2')) },
      ],
    });
  });

  test('what the node, or the site, says of overlay and trap; a file that is refreshed from now on', async () => {
    await boot(all);
    await setNodes(db, 'n1', { overlay: 'zram 2G' });
    here.installation.config.trap = 'poweroff';
    here.installation.config.attempts = 99; // Of no consequence once it is up.
    expect(await find(file('1', { refresh: true }))).toMatchObject([
      {
        drift: true,
        changes: [
          { what: 'setting', name: 'overlay', from: 'tmpfs 50%', to: 'zram 2G' },
          { what: 'setting', name: 'refresh', from: null, to: '300' },
          { what: 'setting', name: 'trap', from: 'shell', to: 'poweroff' },
        ],
      },
    ]);
    await setNodes(db, 'n1', { overlay: 'tmpfs 50%', trap: 'shell' });
    expect(await find()).toMatchObject([{ drift: false, changes: [] }]);
  });

  test('an assignment that was taken away', async () => {
    await boot(all);
    await setNodes(db, 'n1', { mode: 'demo' });
    expect(await find()).toMatchObject([
      { drift: true, changes: [{ what: 'mode', from: 'ram', to: 'demo' }] },
    ]);
  });
});

test('of strangers only so many are remembered; nodes stay', async () => {
  const strangers = Array.from(
    { length: 700 },
    (_, i) =>
      `52:54:01:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
  );
  await noteSightings(
    db,
    new Map([[mac, { firmware: 1 }], ...strangers.map((one) => [one, { firmware: start }] as const)]),
  );
  await limitSightings(db, 5);
  expect(await db.selectFrom('sighting').select('mac').execute()).toHaveLength(5);
  expect([...(await sightingsOf(db)).values()]).toEqual([{ firmware: 1 }]);
});
