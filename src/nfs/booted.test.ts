import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../db/database.ts';
import { addNodes } from '../node/registry.ts';
import { tmpdir } from 'node:os';
import { bootedFrom } from './booted.ts';

let directory: string;
let database: Database;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-booted-'));
  database = await openDatabase(join(directory, 'registry.sqlite'));
  await addNodes(database.db, 'n[1-5]', { address: '10.0.0.[1-5]' });
});
afterEach(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
let count = 0;

async function session(node: string, change: Record<string, unknown>): Promise<void> {
  const values = {
    id: String(++count).padStart(32, '0'), node_id: null, node_name: node, mac: '', client: '10.9.9.9', image: 'compute:7', digest: 'sha256:0',
    mode: 'nfs', pinned: '[]', token_hash: null, created: 1, expires: Date.now() + 1e6, ended: null, stage: 'ready', given: '{}', uuid: null,
  }; // prettier-ignore
  await database.db
    .insertInto('boot_session')
    .values({ ...values, ...change })
    .execute();
}

test('whose last boot was from it, and has not ended as far as anybody knows', async () => {
  const clients = join(directory, 'none');
  expect(await bootedFrom(database.db, 'compute', nodes, clients)).toEqual([]);
  await session('n1', {});
  await session('n1', { ended: 5, image: 'compute:6' });
  await session('n2', { mode: 'ram' });
  await session('n3', { image: 'other:7' });
  await session('n4', { stage: 'trap' });
  await session('n5', { stage: 'initramfs', expires: 5 });
  expect(await bootedFrom(database.db, 'compute', nodes, clients)).toEqual(['n1']);
  await session('n5', { stage: 'initramfs' });
  expect(await bootedFrom(database.db, 'compute', nodes, clients)).toEqual(['n1', 'n5']);
  expect(await bootedFrom(database.db, 'other', nodes, clients)).toEqual(['n3']);
});

test('whom the kernel’s NFS server has as a client', async () => {
  const clients = join(directory, 'clients');
  for (const [id, address] of [['3', '10.0.0.4:790'], ['4', '[fd00::4]:790'], ['5', '10.0.0.55:790']]) {
    await mkdir(join(clients, String(id)), { recursive: true });
    const info = `clientid: 0x1\naddress: "${address}"\nstatus: confirmed\nname: "Linux NFSv4.2 x"\n`;
    await writeFile(join(clients, String(id), 'info'), info);
  } // prettier-ignore
  expect(await bootedFrom(database.db, 'compute', nodes, clients)).toEqual(['n4']);
});
