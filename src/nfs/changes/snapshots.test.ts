import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadInstallation } from '../../system/config.ts';
import type { Paths } from '../../system/paths.ts';
import { listSnapshots, snapshotDirectory, snapshotsOn, writeSnapshot, type Snapshot } from './snapshots.ts';

const BASE = `sha256:${'a'.repeat(64)}` as const;

let root: string;
let paths: Paths;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-snapshots-'));
  ({ paths } = loadInstallation(root));
});
afterEach(async () => await rm(root, { recursive: true }));

async function made(name: string, change: Partial<Snapshot> = {}): Promise<string> {
  const directory = snapshotDirectory(paths, 'compute', 'n1', name);
  await mkdir(directory, { recursive: true });
  const created = '2026-01-31T23:59:59.000Z';
  await writeSnapshot(directory, { name, image: 'compute', node: 'n1', generation: 3, base: BASE, created, ...change }); // prettier-ignore
  return join(directory, 'snapshot.json');
}

test('the oldest first; those on a tree, and records that cannot be read, of which nobody knows what they are on', async () => {
  await made('b');
  await made('c', { created: '2026-01-01T00:00:00.000Z', base: `sha256:${'b'.repeat(64)}` });
  const damaged = await made('d');
  await writeFile(damaged, '{"name": "d"');
  const newer = await made('e');
  await writeFile(newer, '{"version": 2}\n');
  // A name that is another's.
  const moved = await made('f', { node: 'n2' });
  // Half made: no record yet.
  await mkdir(snapshotDirectory(paths, 'compute', 'n1', 'g'));
  expect((await listSnapshots(paths, 'compute', 'n1')).map(({ name }) => name)).toEqual(['c', 'b']);
  const { found, unreadable } = await snapshotsOn(paths, BASE);
  expect(found.map(({ name }) => name)).toEqual(['b']);
  expect(unreadable).toEqual([damaged, newer, moved]);
});
