import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { Db } from '../db/database.ts';
import { addNodes } from '../node/registry.ts';
import { digestOf, fakeImage } from './fixture.ts';
import { sessionsOf } from './history.ts';
import { acceptReport, DETAIL_LIMIT, parseReport } from './report.ts';
import { deliverToken } from './deliver.ts';
import { forgetSessions, limitSessions, pinnedNow, shiftSessions } from './keep-sessions.ts';
import { openSession } from './open-session.ts';
import { LIFETIME } from './session.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
let node: { id: string; name: string };
const mac = '52:54:00:00:00:01';
const client = '192.0.2.9';
const start = 1_800_000_000_000;

beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
  const [added] = await addNodes(db, 'n1', { macs: [mac] });
  node = { id: added?.id ?? '', name: 'n1' };
});
afterEach(() => here[Symbol.asyncDispose]());

let count = 0;
const open = (now = start) => {
  const id = (++count).toString(16).padStart(32, '0');
  return openSession(db, { id, node, mac, client, image: fakeImage(), mode: 'ram', now });
};
/** Opens one of another machine. */
const other = (id: string, address: string, name = id, now?: number) =>
  openSession(db, { id, node: { name }, mac: address, client, image: fakeImage(), mode: 'ram', now });
const openOther = (now: number) =>
  other((++count).toString(16).padStart(32, '0'), '52:54:00:00:00:02', 'n2', now);
const code = (name: string) => expect.objectContaining({ code: `boot/${name}` }) as Error;
const report = (session: string, stage = 'initramfs', more = '') =>
  parseReport(`session=${session}&stage=${stage}${more}`);

describe('many that are opened at once', () => {
  const id = (digit: string) => digit.repeat(32);

  test('of one machine: the last is open, as if they had come one after the other', async () => {
    const before = await open();
    const all = await Promise.all([open(start + 1), open(start + 2), open(start + 3)]);
    expect(all.map(({ ended }) => ended === null)).toEqual([false, false, true]);
    const rows = await db.selectFrom('boot_session').select(['id', 'ended']).orderBy('id').execute();
    expect(rows.map((row) => [row.id, row.ended === null])).toEqual(
      [before, ...all].map((session, index) => [session.id, index === 3]),
    );
  });

  test('of several machines: each has its own, with its stage', async () => {
    const digits = 'abcdef'.split('');
    await Promise.all(digits.map((digit) => other(id(digit), `52:54:00:00:01:0${digit}`)));
    const rows = await db
      .selectFrom('boot_session')
      .innerJoin('boot_stage', 'boot_stage.session_id', 'boot_session.id')
      .where('ended', 'is', null)
      .select(['id', 'node_name', 'boot_stage.stage', 'position'])
      .orderBy('id')
      .execute();
    expect(rows).toEqual(
      digits.map((digit) => ({ id: id(digit), node_name: id(digit), stage: 'ipxe', position: 1 })),
    );
  });

  test('one that cannot be written fails alone', async () => {
    await other(id('a'), '52:54:00:00:01:01');
    const results = await Promise.allSettled([
      other(id('b'), '52:54:00:00:01:02'),
      other(id('a'), '52:54:00:00:01:03'),
      other(id('c'), '52:54:00:00:01:04'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const rows = await db.selectFrom('boot_session').select(['id', 'ended']).orderBy('id').execute();
    expect(rows).toEqual(['a', 'b', 'c'].map((digit) => ({ id: id(digit), ended: null })));
  });
});

describe('the token', () => {
  test('is delivered once, to the address that asked, while the session lives', async () => {
    const { id } = await open();
    await expect(deliverToken(db, id, '192.0.2.10', start)).rejects.toThrow(code('wrong-client'));
    const { token } = await deliverToken(db, id, client, start);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    await expect(deliverToken(db, id, client, start)).rejects.toThrow(code('ended-session'));
    const late = await open();
    await expect(deliverToken(db, late.id, client, start + LIFETIME)).rejects.toThrow(code('ended-session'));
  });

  test('two that ask at the same moment: one gets it', async () => {
    const { id } = await open();
    const results = await Promise.allSettled([1, 2, 3].map(() => deliverToken(db, id, client, start)));
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  test('is not in the database', async () => {
    const { id } = await open();
    const { token } = await deliverToken(db, id, client, start);
    expect(JSON.stringify(await db.selectFrom('boot_session').selectAll().execute())).not.toContain(token);
  });

  test.each(['', 'x', '../../etc/passwd', '0'.repeat(32), "' or 1=1 --"])(
    'session %j is unknown',
    async (id) => {
      await expect(deliverToken(db, id, client, start)).rejects.toThrow(code('unknown-session'));
    },
  );
});

describe('reports', () => {
  test('need the right token of a session that has not ended', async () => {
    const { id } = await open();
    await expect(acceptReport(db, '', report(id), start)).rejects.toThrow(code('wrong-token'));
    const { token } = await deliverToken(db, id, client, start);
    await expect(acceptReport(db, `${token}x`, report(id), start)).rejects.toThrow(code('wrong-token'));
    await expect(acceptReport(db, token, report('f'.repeat(32)), start)).rejects.toThrow(
      code('unknown-session'),
    );
    await acceptReport(db, token, report(id), start);
    const next = await open(start + 1);
    await expect(acceptReport(db, token, report(next.id), start + 1)).rejects.toThrow(code('wrong-token'));
    await expect(acceptReport(db, token, report(id), start + 1)).rejects.toThrow(code('ended-session'));
  });

  test('are kept with their numbers, in order, and tell the state', async () => {
    const { id } = await open();
    const { token } = await deliverToken(db, id, client, start + 1000);
    const send = (text: string, at: number) =>
      acceptReport(db, token, parseReport(`session=${id}&${text}`), start + at);
    await send('stage=initramfs&uptime=4.25', 2000);
    // It came late: the node knows when it was.
    await send('stage=layer&uptime=5&detail=1%2F2&bytes=1000&seconds=0.5', 3000);
    expect((await sessionsOf(db, node.id, start))[0]?.state).toBe('booting');
    await send('stage=ready&uptime=9.5', 9000);
    await send('stage=check&detail=0+fine', 9500);
    const view = (await sessionsOf(db, node.id, start))[0];
    expect(view).toMatchObject({ state: 'ready', node: 'n1', image: 'compute:7', mode: 'ram' });
    expect(
      view?.stages.map((stage) => [stage.name, stage.seconds, stage.uptime, stage.detail, stage.bytes]),
    ).toEqual([
      ['ipxe', 0, undefined, undefined, undefined],
      ['loaded', 1, undefined, undefined, undefined],
      ['initramfs', 2, 4.25, undefined, undefined],
      ['layer', 2.75, 5, '1/2', 1000],
      ['ready', 7.25, 9.5, undefined, undefined],
      ['check', 9.5, undefined, '0 fine', undefined],
    ]);
  });

  test.each([
    ['stage=ipxe', 'the server reports that'],
    ['stage=', 'none'],
    ['stage=__proto__', 'none'],
    ['stage=ready&stage=trap', 'twice'],
    ['stage=ready&uptime=-1', 'number'],
    ['stage=ready&uptime=1e3', 'number'],
    ['stage=ready&uptime=NaN', 'number'],
    ['stage=ready&bytes=99999999999999999999', 'number'],
    [`stage=ready&detail=${'x'.repeat(20_000)}`, 'long'],
  ])('%.40s is refused', (body) => expect(() => parseReport(body)).toThrow(code('bad-report')));

  test('detail is bounded and obeys no terminal', () => {
    const { detail = '' } = parseReport(
      `stage=trap&detail=${encodeURIComponent('a\x1b[2Jb\0c\u202ed\ne\t')}`,
    );
    expect(detail).toBe('a\ufffd[2Jb\ufffdc\ufffdd\ne\t');
    const long = parseReport(`stage=trap&detail=${encodeURIComponent('é'.repeat(2600))}`).detail ?? '';
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(DETAIL_LIMIT);
    expect(long.startsWith('é'.repeat(2000))).toBe(true);
  });

  test('of one session are limited in number', async () => {
    const { id } = await open();
    const { token } = await deliverToken(db, id, client, start);
    const rows = Array.from({ length: 998 }, (_, i) => ({
      session_id: id,
      position: i + 3,
      stage: 'check',
      at: start,
      uptime: null,
      detail: null,
      bytes: null,
      seconds: null,
    }));
    await db.insertInto('boot_stage').values(rows).execute();
    await expect(acceptReport(db, token, report(id), start)).rejects.toThrow(code('too-many-reports'));
    expect(await db.selectFrom('boot_stage').select('position').execute()).toHaveLength(1000);
  });
});

describe('what nodes read now', () => {
  const pinned = (now = start, keeps = false) => pinnedNow(db, () => keeps, now);

  test('is pinned from the script until ready, trap, a newer boot or the end of time', async () => {
    const { id } = await open();
    expect(await pinned()).toEqual([
      {
        node: 'n1',
        image: 'compute:7',
        mode: 'ram',
        digest: digestOf('7'),
        blobs: ['c', 'd', 'a', 'b'].map(digestOf),
      },
    ]);
    const { token } = await deliverToken(db, id, client, start);
    expect(await pinned(start + LIFETIME)).toEqual([]);
    await acceptReport(db, token, report(id, 'ready'), start);
    expect(await pinned()).toEqual([]);
    expect(await pinned(start + 9 * LIFETIME, true)).toHaveLength(1);
    await open(start + 1);
    expect(await pinned(start + 1)).toHaveLength(1);
  });
});

describe('the clock is set', () => {
  test.each([-48, 48])('by %i hours: boots under way go on, with the times they took', async (hours) => {
    const { id } = await open();
    const { token } = await deliverToken(db, id, client, start + 1000);
    const by = hours * 3600_000;
    let seen = false;
    await shiftSessions(db, by, () => (seen = true));
    expect(seen).toBe(true);
    await acceptReport(db, token, report(id), start + by + 5000);
    const [view] = await sessionsOf(db, node.id, start + by + 6000);
    expect(view?.state).toBe('booting');
    expect(view?.started).toBe(new Date(start + by).toISOString());
    expect(view?.stages.map((stage) => stage.seconds)).toEqual([0, 1, 5]);
  });

  test('back: the next boot is the newest all the same, also when older ones are forgotten', async () => {
    for (let i = 0; i < 25; i++) await open(start + i);
    const { id } = await open(start - 90 * LIFETIME);
    expect((await sessionsOf(db, node.id))[0]?.session).toBe(id);
    expect((await sessionsOf(db, node.id))[0]?.session).toBe(id);
  });

  test('what ended stays where it was', async () => {
    const old = await open();
    await open(start + 1);
    await shiftSessions(db, LIFETIME);
    const rows = await db.selectFrom('boot_session').select(['id', 'created']).orderBy('created').execute();
    expect(rows.map((row) => [row.id === old.id, row.created])).toEqual([
      [true, start],
      [false, start + 1 + LIFETIME],
    ]);
  });

  test('back while the server did not run: a session is not good for longer than a new one', async () => {
    const { id } = await open(start + 1000 * LIFETIME);
    await limitSessions(db, start);
    await deliverToken(db, id, client, start + LIFETIME - 1);
    await expect(deliverToken(db, id, client, start + LIFETIME)).rejects.toThrow(code('ended-session'));
  });
});

describe('history', () => {
  test('keeps the newest sessions of a machine, and says of the others that they were lost', async () => {
    for (let i = 0; i < 25; i++) await open(start + i);
    const all = await sessionsOf(db, node.id, start + 30);
    expect(all).toHaveLength(20);
    expect(all.map((one) => one.state)).toEqual(['booting', ...Array.from({ length: 19 }, () => 'lost')]);
    expect(await db.selectFrom('boot_stage').select('position').execute()).toHaveLength(20);
  });

  test('is forgotten a month after it expired, by the boots that came since', async () => {
    await open();
    await openOther(start + 30 * LIFETIME);
    await forgetSessions(db, start + 31 * LIFETIME);
    expect(await sessionsOf(db, node.id)).toHaveLength(1);
    await openOther(start + 32 * LIFETIME);
    await forgetSessions(db, start + 33 * LIFETIME);
    expect(await sessionsOf(db, node.id)).toHaveLength(0);
  });

  test('is not forgotten because the clock is ahead, or was', async () => {
    await open();
    await openOther(start + LIFETIME);
    // The server starts with a clock that is years ahead, and again after it was put right.
    await forgetSessions(db, start + 4000 * LIFETIME);
    await openOther(start + 4000 * LIFETIME);
    await forgetSessions(db, start + 2 * LIFETIME);
    expect(await sessionsOf(db, node.id)).toHaveLength(1);
  });

  test('but not of a node that still runs', async () => {
    const { id } = await open();
    const { token } = await deliverToken(db, id, client, start);
    await acceptReport(db, token, report(id, 'ready'), start);
    await openOther(start + 400 * LIFETIME);
    await forgetSessions(db, start + 400 * LIFETIME);
    expect((await sessionsOf(db, node.id))[0]?.state).toBe('ready');
  });

  test('begins with what was seen before the script', async () => {
    const before = [{ stage: 'dhcp', at: start - 4000, detail: 'bios' }];
    await openSession(db, {
      id: 'a'.repeat(32),
      node,
      mac,
      client,
      image: fakeImage(),
      mode: 'ram',
      now: start,
      before,
    });
    const [view] = await sessionsOf(db, node.id, start);
    expect(view?.stages.map((stage) => [stage.name, stage.seconds])).toEqual([
      ['dhcp', 0],
      ['ipxe', 4],
    ]);
  });
});
