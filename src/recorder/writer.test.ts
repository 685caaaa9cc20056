import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { fakeImage } from '../boot/fixture.ts';
import { LINES_LIMIT, readLines, replaceLines } from '../boot/node-log.ts';
import { openSession } from '../boot/open-session.ts';
import type { Db } from '../db/database.ts';
import { Writer } from './writer.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
const failures: Error[] = [];
const id = 'a'.repeat(32);
beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
  failures.length = 0;
  await openSession(db, {
    id,
    node: { name: 'n1' },
    mac: '52:54:00:00:00:01',
    client: '192.0.2.1',
    image: fakeImage(),
    mode: 'ram',
    now: 1000,
  });
});
afterEach(() => here[Symbol.asyncDispose]());
const stages = async () =>
  await db.selectFrom('boot_stage').select(['stage', 'bytes']).orderBy('position').execute();
const stage = async () =>
  (await db.selectFrom('boot_session').select('stage').executeTakeFirstOrThrow()).stage;

test('stages that the server saw: late, at most three of a kind, and never back', async () => {
  const writer = new Writer(db, (error) => void failures.push(error));
  writer.stage({ session: id, stage: 'kernel', at: 1200, bytes: 5, seconds: 0.1 });
  writer.stage({ session: 'b'.repeat(32), stage: 'kernel', at: 1200, bytes: 5, seconds: 0.1 });
  await writer.flush();
  expect(await stage()).toBe('kernel');
  await db.updateTable('boot_session').set({ stage: 'ready' }).execute();
  for (let i = 0; i < 9; i++) writer.stage({ session: id, stage: 'initrd', at: 1300, bytes: 6, seconds: 1 });
  await writer.flush();
  expect((await stages()).map((one) => one.stage)).toEqual(['ipxe', 'kernel', 'initrd', 'initrd', 'initrd']);
  expect(await stage()).toBe('ready');
  expect(failures).toEqual([]);
});

test('lines: the newest of each source, of sessions that exist', async () => {
  const writer = new Writer(db, (error) => void failures.push(error));
  for (let i = 0; i < LINES_LIMIT + 50; i++)
    writer.line({ session: id, at: 1, source: 'syslog', line: `${i}` });
  writer.line({ session: id, at: 2, source: 'netconsole', line: 'panic' });
  writer.line({ session: 'c'.repeat(32), at: 2, source: 'syslog', line: 'x' });
  await writer.flush();
  const lines = await readLines(db, id);
  expect(lines).toHaveLength(LINES_LIMIT + 1);
  expect(lines[0]).toMatchObject({ line: '50', source: 'syslog', authentic: false });
  await replaceLines(db, id, 'dmesg', ['a', 'b'], 3);
  await replaceLines(db, id, 'dmesg', ['c'], 4);
  expect((await readLines(db, id)).filter((one) => one.authentic).map((one) => one.line)).toEqual(['c']);
  expect((await readLines(db, id, 2)).map((one) => one.line)).toEqual(['1048', '1049', 'panic', 'c']);
  expect(failures).toEqual([]);
});

test('too much at once is counted, not kept; a registry that cannot be written is told', async () => {
  const writer = new Writer(db, (error) => void failures.push(error));
  for (let i = 0; i < 20_100; i++) writer.line({ session: id, at: 1, source: 'syslog', line: 'x' });
  expect(writer.dropped).toBe(100);
  await writer.flush();
  await db.schema.dropTable('node_log').execute();
  writer.line({ session: id, at: 1, source: 'syslog', line: 'x' });
  await writer.flush();
  expect(failures).toHaveLength(1);
});
