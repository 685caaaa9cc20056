import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../system/process.ts';
import { openDatabase } from './database.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-db-'));
  file = join(directory, 'sub/registry.sqlite');
});
afterEach(() => rm(directory, { recursive: true }));

const node = (name: string) => ({
  id: name,
  name,
  document: '{}',
  origin: 'admin' as const,
  created: 1_700_000_000_000,
  updated: 1_700_000_000_000,
});

describe('openDatabase', () => {
  test('makes file, WAL and all 0600, and keeps what was committed', async () => {
    {
      await using database = await openDatabase(file);
      await database.db.insertInto('node').values(node('n1')).execute();
      for (const name of [file, `${file}-wal`, `${file}-shm`])
        expect(statSync(name).mode & 0o777).toBe(0o600);
    }
    await using again = await openDatabase(file);
    expect(await again.db.selectFrom('node').select(['name', 'created']).execute()).toEqual([
      { name: 'n1', created: 1_700_000_000_000 },
    ]);
  });

  test('several at once migrate it only once', async () => {
    const opened = await Promise.all(Array.from({ length: 6 }, () => openDatabase(file)));
    for (const database of opened) {
      expect(await database.db.selectFrom('node').selectAll().execute()).toEqual([]);
      await database.close();
    }
  });

  test('refuses a schema that is newer than it knows', async () => {
    await (await openDatabase(file)).close();
    const raw = new DatabaseSync(file);
    raw.exec('PRAGMA user_version=99');
    raw.close();
    await expect(openDatabase(file)).rejects.toMatchObject({ code: 'db/newer' });
  });

  test('says so when the file is no database', async () => {
    const garbage = join(directory, 'garbage');
    writeFileSync(garbage, 'not a database, and long enough to have a header'.repeat(20));
    await expect(openDatabase(garbage)).rejects.toMatchObject({ code: 'db/unusable' });
  });

  test('a failed transaction leaves nothing, and foreign keys are enforced', async () => {
    await using database = await openDatabase(file);
    const { db } = database;
    const work = db.transaction().execute(async (t) => {
      await t.insertInto('node').values(node('n1')).execute();
      await t.insertInto('node_mac').values({ mac: 'x', node_id: 'nobody', position: 0 }).execute();
    });
    await expect(work).rejects.toThrow(/FOREIGN KEY/);
    expect(await db.selectFrom('node').selectAll().execute()).toEqual([]);
  });

  test('a full disk: the transaction is taken back, the error says so, and the connection goes on', async () => {
    await using database = await openDatabase(file);
    const { db } = database;
    await db.insertInto('node').values(node('n1')).execute();
    const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(db);
    await sql`PRAGMA max_page_count = ${sql.lit(rows[0]?.page_count)}`.execute(db);
    const work = db.transaction().execute(async (t) => {
      for (let i = 0; i < 1000; i++)
        await t
          .insertInto('node')
          .values({ ...node(`x${i}`), document: 'x'.repeat(1000) })
          .execute();
    });
    await expect(work).rejects.toMatchObject({
      code: 'db/full',
      message: expect.stringContaining(file) as string,
    });
    expect(await db.selectFrom('node').select('name').execute()).toEqual([{ name: 'n1' }]);
    await sql`PRAGMA max_page_count = 100000`.execute(db);
    await db.insertInto('node').values(node('n2')).execute();
  });

  test('another command that never ends its transaction: the error says so', async () => {
    await using database = await openDatabase(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await sql`PRAGMA busy_timeout = 1`.execute(database.db);
    const work = database.db.insertInto('node').values(node('n1')).execute();
    await expect(work).rejects.toMatchObject({ code: 'db/busy' });
    other.close();
  });

  test('writers of several processes that read first wait for each other instead of failing', async () => {
    await using database = await openDatabase(file);
    const script = `
      const { openDatabase } = await import(${JSON.stringify(join(import.meta.dirname, 'database.ts'))});
      await using database = await openDatabase(${JSON.stringify(file)});
      for (let i = 0; i < 20; i++)
        await database.db.transaction().execute(async (t) => {
          await t.selectFrom('node').selectAll().execute();
          const name = process.pid + '-' + i;
          await t.insertInto('node').values({ ...${JSON.stringify(node('x'))}, id: name, name }).execute();
        });`;
    const node24 = process.execPath;
    const commands = Array.from({ length: 3 }, () => run([node24, '--input-type=module', '-e', script]));
    await Promise.all(commands);
    expect(await database.db.selectFrom('node').select('name').execute()).toHaveLength(60);
  });

  test('version changes when another connection commits', async () => {
    await using one = await openDatabase(file);
    await using two = await openDatabase(file);
    const before = one.version();
    expect(one.version()).toBe(before);
    await two.db.insertInto('node').values(node('n1')).execute();
    expect(one.version()).not.toBe(before);
  });
});
