import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, Migrator } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listNodes, setNodes } from '../../node/registry.ts';
import { openDatabase } from '../database.ts';
import { NodeSqliteDialect } from '../sqlite.ts';
import { migrations } from './index.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-migration-'));
  file = join(directory, 'registry.sqlite');
});
afterEach(() => rm(directory, { recursive: true }));

/** A registry as it was before this migration. */
async function before(): Promise<DatabaseSync> {
  const raw = new DatabaseSync(file);
  const db = new Kysely<unknown>({ dialect: new NodeSqliteDialect(raw) });
  const first = Object.fromEntries(Object.entries(migrations).slice(0, 1));
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => first },
  }).migrateToLatest();
  if (error) throw new Error('the first migration failed', { cause: error });
  raw.exec('PRAGMA user_version=1');
  return raw;
}

test('a registry from before is carried over whole: nodes with their addresses, boots with their stages', async () => {
  const raw = await before();
  raw.exec(`
    INSERT INTO node VALUES
      ('1', 'n1', 'arm64', '["quiet","console=ttyS0"]', 'web:1', 'ram', '10.0.0.1', 'admin', 1, 2),
      ('2', 'n2', 'amd64', '[]', NULL, NULL, NULL, 'admin', 1, 2);
    INSERT INTO node_mac VALUES ('52:54:00:00:00:02', '1', 1), ('52:54:00:00:00:09', '1', 0);
    INSERT INTO boot_session
      (id, node_id, node_name, mac, client, image, digest, mode, pinned, created, expires, stage)
      VALUES ('s', '1', 'n1', '52:54:00:00:00:09', '10.0.0.1', 'web:1', 'sha256:0', 'ram', '[]', 1, 2, 'ready');
    INSERT INTO boot_stage (session_id, position, stage, at) VALUES ('s', 1, 'ready', 5);`);
  raw.close();

  await using database = await openDatabase(file);
  const { db } = database;
  expect(await listNodes(db)).toMatchObject([
    {
      name: 'n1',
      macs: ['52:54:00:00:00:09', '52:54:00:00:00:02'],
      address: '10.0.0.1',
      architecture: 'arm64',
      image: 'web:1',
      mode: 'ram',
      arguments: ['quiet', 'console=ttyS0'],
    },
    { name: 'n2', macs: [], architecture: 'amd64', arguments: [] },
  ]);
  expect(await db.selectFrom('boot_session').select(['node_id', 'stage', 'given']).execute()).toEqual([
    { node_id: '1', stage: 'ready', given: '{}' },
  ]);
  expect(await db.selectFrom('boot_stage').select('stage').execute()).toEqual([{ stage: 'ready' }]);
  // What is changed later leaves the addresses where they are.
  await setNodes(db, 'n1', { image: 'web:2' });
  expect(await listNodes(db, 'n1')).toMatchObject([{ address: '10.0.0.1', image: 'web:2' }]);
  expect(await db.selectFrom('node_mac').select('mac').orderBy('position').execute()).toEqual([
    { mac: '52:54:00:00:00:09' },
    { mac: '52:54:00:00:00:02' },
  ]);
});
