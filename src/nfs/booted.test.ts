import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../db/database.ts';
import { addNodes } from '../node/registry.ts';
import { loadInstallation, type Installation } from '../system/config.ts';
import type { SlipwayEvent } from '../system/events.ts';
import { tmpdir } from 'node:os';
import { bootedFrom, evidenceOf, refuseBooted } from './booted.ts';
import type { Contact } from './contact.ts';

let directory: string;
let database: Database;
let installation: Installation;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-booted-'));
  installation = loadInstallation(directory);
  database = await openDatabase(join(directory, 'registry.sqlite'));
  await addNodes(database.db, 'n[1-5]', { address: '10.0.0.[1-5]' });
});
afterEach(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
const HOUR = 3_600_000;
let count = 0;

async function session(node: string, change: Record<string, unknown>): Promise<void> {
  const values = {
    id: String(++count).padStart(32, '0'), node_id: null, node_name: node, mac: '', client: '10.9.9.9', image: 'compute:7', digest: 'sha256:0',
    mode: 'nfs', pinned: '[]', token_hash: null, created: Date.now() - HOUR, expires: Date.now() + 1e6, ended: null, stage: 'ready', given: '{}', uuid: null,
  }; // prettier-ignore
  await database.db
    .insertInto('boot_session')
    .values({ ...values, ...change })
    .execute();
}

/** Nobody is a client, and nothing tells since when. */
const nothing: Contact = { heard: new Map() };
const look = async (image: string, contact = nothing, nfs: Partial<Installation['config']['nfs']> = {}) => {
  const config = { ...installation.config, nfs: { ...installation.config.nfs, ...nfs } };
  const found = await bootedFrom({ ...installation, config }, database.db, image, nodes, async () => contact);
  return { booted: found.booted.map(({ node }) => node), silent: found.silent };
};
const booted = async (image: string, contact?: Contact) => (await look(image, contact)).booted;

test('whose last boot was from it, and has not ended as far as anybody knows', async () => {
  expect(await booted('compute')).toEqual([]);
  await session('n1', {});
  await session('n1', { ended: 5, image: 'compute:6' });
  await session('n2', { mode: 'ram' });
  await session('n3', { image: 'other:7' });
  await session('n4', { stage: 'trap' });
  await session('n5', { stage: 'initramfs', expires: 5 });
  expect(await booted('compute')).toEqual(['n1']);
  await session('n5', { stage: 'initramfs' });
  expect(await booted('compute')).toEqual(['n1', 'n5']);
  expect(await booted('other')).toEqual(['n3']);
});

test('who is a client of the NFS server, unless it booted something else', async () => {
  const heard = new Map([['10.0.0.4', 3], ['10.0.0.2', 5], ['10.0.0.55', 1]]); // prettier-ignore
  await session('n2', { mode: 'ram' });
  expect(await booted('compute', { heard })).toEqual(['n4']);
  // From the address that asked for its boot script, too.
  await session('n5', { client: '10.0.0.55' });
  expect(await booted('compute', { heard, running: 5000 })).toEqual(['n4', 'n5']);
});

test('whom the NFS server has not heard of for long was switched off, where that means something', async () => {
  const contact = { heard: new Map([['10.0.0.2', undefined]]), running: 601 };
  await session('n1', {});
  await session('n2', {});
  // It may not have come to its root yet.
  await session('n3', { created: Date.now() - 60_000, stage: 'initramfs' });
  expect(await look('compute', contact)).toEqual({ booted: ['n2', 'n3'], silent: ['n1'] });
  const all = { booted: ['n1', 'n2', 'n3'], silent: [] };
  expect(await look('compute', { ...contact, running: 599 })).toEqual(all);
  expect(await look('compute', { heard: contact.heard })).toEqual(all);
  expect(await look('compute', contact, { version: '3' })).toEqual(all);
  expect(await look('compute', contact, { server: 'off' })).toEqual(all);
  expect(await look('compute', contact, { addresses: ['192.0.2.7'] })).toEqual(all);
});

test('the refusal says what it knows by, and how old that is', async () => {
  const now = Date.now();
  const some = [
    { node: 'n1', began: now - 3 * 24 * HOUR, heard: 12.4 },
    { node: 'n2', began: now - 90_000 },
    { node: 'n3', heard: 'unknown' as const },
  ];
  const three =
    'n1: booted 3 days ago, its NFS client was last heard of 12 s ago. n2: booted 90 s ago, its end was not heard of. n3: no boot is known, its NFS client is connected.';
  expect(evidenceOf(some, now)).toBe(three);
  expect(evidenceOf([...some, { node: 'n4' }, { node: 'n5' }], now)).toBe(`${three} The same of 2 more.`);

  await session('n1', {});
  const events: SlipwayEvent[] = [];
  const context = { installation, db: database.db, sink: (event: SlipwayEvent) => events.push(event) };
  await expect(refuseBooted(context, 'compute', ['n1'])).rejects.toMatchObject({
    code: 'nfs/booted',
    why: expect.stringContaining('n1: booted 60 min ago, its end was not heard of.') as string,
  });
  await refuseBooted(context, 'compute', ['n2']);
  expect(events).toEqual([]);
});
