import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { answer } from '../boot/answer.ts';
import { filesContext } from '../files/context.ts';
import { fakeImage } from '../boot/fixture.ts';
import { unobserved } from '../boot/observer.ts';
import type { Db } from '../db/database.ts';
import type { Resolved } from '../image/types.ts';
import { defineErrors } from '../system/errors.ts';
import type { SlipwayEvent } from '../system/events.ts';
import { generationsInUse, setBoot, showBoot } from './assignment.ts';
import { addNodes, listNodes, showNode } from './registry.ts';

const unknown = defineErrors('test', { unknown: { what: 'no image {ref}', why: '', todo: '' } });

/** References and what they mean, changeable. */
const images: Record<string, Resolved> = {};
const catalog = {
  resolve: async (ref: string) => {
    const found = images[ref];
    if (!found) throw unknown('unknown', { ref });
    return found;
  },
  find: async (ref: string) => (await catalog.resolve(ref)).generation,
};

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
let events: SlipwayEvent[];
const macs = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:99'] as const;
beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
  events = [];
  for (const key of Object.keys(images)) delete images[key];
  images['compute:7'] = fakeImage('compute', 7);
  images['compute:8'] = images['compute'] = fakeImage('compute', 8);
  await addNodes(db, 'n1', { macs: [macs[0]], arguments: ['node=1'] });
  await addNodes(db, 'n2', { macs: [macs[1]] });
});
afterEach(() => here[Symbol.asyncDispose]());

const code = (name: string) => expect.objectContaining({ code: name }) as Error;
const ask = (mac: string, more: { arch?: string; server?: string } = {}) =>
  answer(
    {
      db,
      images: catalog,
      installation: here.installation,
      sink: (event) => void events.push(event),
      observer: unobserved,
      files: filesContext(db, Buffer.alloc(32)),
    },
    { mac, client: '192.0.2.5', server: 'http://192.0.2.1:8080', ...more },
  );

describe('setBoot', () => {
  test('assigns to several, keeps what is not said', async () => {
    await setBoot(db, catalog, 'n1,n2', { image: 'compute' });
    await setBoot(db, catalog, 'n1', { mode: 'demo' });
    expect((await listNodes(db)).map((n) => [n.name, n.image, n.mode])).toEqual([
      ['n1', 'compute', 'demo'],
      ['n2', 'compute', undefined],
    ]);
  });

  test('refuses, for all, what one of them could not boot', async () => {
    await addNodes(db, 'arm', { architecture: 'arm64' });
    const refused = [
      [setBoot(db, catalog, 'n1,arm', { image: 'compute' }), 'node/architecture'],
      [setBoot(db, catalog, 'n1,n9', { image: 'compute' }), 'node/unknown'],
      [setBoot(db, catalog, 'n1', { image: 'nothing' }), 'test/unknown'],
      [setBoot(db, catalog, 'n1', { image: 'compute', mode: 'rom' }), 'boot/no-mode'],
      [setBoot(db, catalog, 'n1', { mode: 'ram' }), 'node/no-image'],
    ] as const;
    for (const [work, error] of refused) await expect(work).rejects.toThrow(code(error));
    images['bare'] = fakeImage('bare', 1, { kernel: undefined });
    await expect(setBoot(db, catalog, 'n1', { image: 'bare' })).rejects.toThrow(code('boot/unbootable'));
    expect(await showNode(db, 'n1')).toMatchObject({ image: undefined, mode: undefined });
  });
});

describe('answer', () => {
  test('is the script of the image that the tag means now, with a session that pins it', async () => {
    await setBoot(db, catalog, 'n1', { image: 'compute' });
    expect(await ask(macs[0], { arch: 'i386' })).toMatch(/console=ttyS0 quiet node=1 \|\| goto failed/);
    images['compute'] = fakeImage('compute', 9);
    const next = await ask('52-54-00-00-00-01');
    expect(next).toContain('# node n1, image compute:9, mode ram, session ');
    const status = await showBoot(db, catalog, 'n1');
    expect(status).toMatchObject({
      node: 'n1',
      stale: false,
      last: { image: 'compute:9', state: 'booting', stages: [{ name: 'ipxe' }] },
    });
    images['compute'] = fakeImage('compute', 8);
    const shown = await showBoot(db, catalog, 'n1');
    expect(shown).toMatchObject({ stale: true, generation: { generation: 8 } });
    expect(shown.history.map((one) => [one.image, one.state])).toEqual([
      ['compute:9', 'booting'],
      ['compute:8', 'lost'],
    ]);
    expect(events.filter((event) => event.event === 'serve')).toHaveLength(2);
  });

  test('is the local disk for a node without an image or in mode demo, and a machine not in the registry', async () => {
    expect(await ask(macs[0])).toMatch(/node n1 has no image[\s\S]*sanboot/);
    await setBoot(db, catalog, 'n1', { image: 'compute', mode: 'demo' });
    expect(await ask(macs[0])).toMatch(/mode demo[\s\S]*sanboot/);
    expect(await ask(macs[2])).toMatch(/is not in the registry[\s\S]*sanboot/);
    expect(await db.selectFrom('boot_session').selectAll().execute()).toEqual([]);
  });

  test('waits and asks again where the assignment is broken, and says so on both sides', async () => {
    await setBoot(db, catalog, 'n1', { image: 'compute' });
    delete images['compute'];
    const text = await ask(macs[0]);
    expect(text).toContain('echo slipway: n1 cannot boot: no image compute');
    expect(text).toMatch(
      /^sleep \d+\nchain --replace --autofree http:\/\/192.0.2.1:8080\/boot\/start.ipxe \|\| reboot$/m,
    );
    expect(events).toMatchObject([{ event: 'notice', level: 'warning' }]);
    images['compute'] = fakeImage('compute', 8);
    expect(await ask(macs[0], { arch: 'arm64' })).toContain('this machine is arm64');
  });

  test('hostile words reach neither script nor registry', async () => {
    for (const mac of ['', '52:54:00:00:00:01\nshell', '${net0/mac}', "' or 1=1"])
      await expect(ask(mac)).rejects.toThrow(code('node/bad-mac'));
    await setBoot(db, catalog, 'n1', { image: 'compute' });
    await expect(ask(macs[0], { server: 'http://a\nshell' })).rejects.toThrow(code('boot/ipxe-word'));
  });
});

describe('unknown machines', () => {
  const configured = (unknown: typeof here.installation.config.unknown) =>
    (here.installation.config.unknown = unknown);

  test('boot the default image under a name of their own', async () => {
    configured({ answer: 'image', image: 'compute' });
    expect(await ask(macs[2])).toContain('# node mac-525400000099, image compute:8');
    expect(await listNodes(db)).toHaveLength(2);
  });

  test('register themselves once, when that is switched on', async () => {
    configured({ answer: 'register' });
    const answers = await Promise.all([ask(macs[2], { arch: 'arm64' }), ask(macs[2], { arch: 'arm64' })]);
    for (const text of answers) expect(text).toContain('sanboot');
    expect(await showNode(db, 'mac-525400000099')).toMatchObject({
      macs: [macs[2]],
      origin: 'registered',
      architecture: 'arm64',
    });
    expect(await ask(macs[2])).toContain('node mac-525400000099 has no image');
    await setBoot(db, catalog, 'n1', { image: 'compute' });
    expect(await listNodes(db)).toHaveLength(3);
  });
});

describe('generationsInUse', () => {
  test('counts nodes by what their reference means now, and nodes that boot at this moment', async () => {
    const users = (number: number) => generationsInUse(db, catalog)(fakeImage('compute', number).generation);
    expect(await users(8)).toEqual([]);
    await setBoot(db, catalog, 'n1', { image: 'compute' });
    await setBoot(db, catalog, 'n2', { image: 'compute:8' });
    expect(await users(8)).toEqual(['n1', 'n2']);
    expect(await users(7)).toEqual([]);
    images['compute'] = fakeImage('compute', 7);
    expect([await users(7), await users(8)]).toEqual([['n1'], ['n2']]);
    await ask(macs[0]);
    images['compute'] = fakeImage('compute', 9);
    expect([await users(7), await users(9)]).toEqual([['n1'], ['n1']]);
    delete images['compute'];
    expect(await users(9)).toEqual([]);
  });
});
