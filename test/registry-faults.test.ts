/** The registry under several processes, and killed ones: all of a change or nothing of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../src/db/database.ts';
import type { Entry } from '../src/node/entry.ts';
import { listNodes, addNodes, showNode } from '../src/node/registry.ts';
import { run } from '../src/system/process.ts';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-registry-'));
  file = join(root, 'registry.sqlite');
});
afterEach(() => rmSync(root, { recursive: true }));

const child = join(import.meta.dirname, 'support/registry-child.ts');
const command = (...words: string[]) => [process.execPath, child, file, ...words];

/** What an observer sees: nodes with what holds, contents, number of changes. */
async function state(): Promise<string> {
  await using database = await openDatabase(file);
  const { db } = database;
  const nodes = (await listNodes(db)).map(({ name, image, macs, profiles }) => ({
    name,
    image,
    macs,
    profiles,
  }));
  const contents = await db.selectFrom('file_content').select('digest').execute();
  const changes = await db.selectFrom('change').select('summary').execute();
  const macs = await db.selectFrom('node_mac').select('mac').orderBy('mac').execute();
  const members = await db.selectFrom('membership').selectAll().execute();
  return JSON.stringify({ nodes, contents, changes, macs, members: members.length });
}

test(
  'killed before any statement of an apply: all of it is there, or nothing',
  { timeout: 240_000 },
  async () => {
    {
      await using database = await openDatabase(file);
      await addNodes(database.db, 'n[1-300]', { image: 'old:1' });
    }
    const before = await state();
    const seen: string[] = [];
    for (let at = 1; at < 200; at++) {
      const result = await run(command('apply'), { env: { ...process.env, KILL_AT: String(at) } }).then(
        () => 'done',
        () => 'killed',
      );
      const now = await state();
      seen.push(result);
      if (result === 'done') {
        expect(now).not.toBe(before);
        expect(JSON.parse(now)).toMatchObject({ nodes: { length: 600 }, contents: { length: 1 } });
        break;
      }
      if (now !== before) {
        // It was killed after its commit: once more there is nothing to do.
        await run(command('apply'));
        expect(await state()).toBe(now);
        break;
      }
    }
    expect(seen.filter((one) => one === 'killed').length).toBeGreaterThan(10);
    expect(await state()).not.toBe(before);
  },
);

test('several processes that change the same node lose nothing', { timeout: 120_000 }, async () => {
  {
    await using database = await openDatabase(file);
    await addNodes(database.db, 'n1');
  }
  const names = ['a', 'b', 'c'];
  await Promise.all(names.map((name) => run(command('set', name))));
  await using database = await openDatabase(file);
  expect((await showNode(database.db, 'n1')).tags).toEqual({ a: '14', b: '14', c: '14' });
  const rows = await database.db.selectFrom('change').select(['who', 'entries']).orderBy('id').execute();
  expect(rows).toHaveLength(46);
  for (const name of names) expect(rows.filter((row) => row.who === name)).toHaveLength(15);
  // Each found what the one before it had left.
  const entries = rows.map((row) => (JSON.parse(zstdDecompressSync(row.entries).toString()) as Entry[])[0]);
  for (const [i, entry] of entries.entries()) if (i > 0) expect(entry?.before).toEqual(entries[i - 1]?.after);
});

test(
  'several processes that apply at once: what was planned for another registry is not written',
  { timeout: 120_000 },
  async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => run(command('race', name))));
    await using database = await openDatabase(file);
    expect(await listNodes(database.db)).toHaveLength(24);
    expect(await database.db.selectFrom('change').select('id').execute()).toHaveLength(24);
  },
);
