import { expect, test } from 'vitest';
import { documents, reading } from '../../../test/support/importing.ts';
import { nodeAddress, nodeMac, nodeName, nodesConf } from '../../../test/support/nodes-conf.ts';
import { temporaryInstallation } from '../../../test/support/registry.ts';
import { SlipwayError } from '../../system/errors.ts';
import { applyPlan } from '../cluster/apply.ts';
import { countsOf, diffOf } from '../diff.ts';
import { addNodes, listNodes, setNodes, showNode } from '../registry.ts';
import { planImport } from './plan.ts';

/** The errors, as `line code message`. */
async function refused(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return [error, ...error.also].map(
      ({ code, message, where }) => `${where?.line ?? '-'} ${code} ${message}`,
    );
  }
  return [];
}

test('a nodes.conf of 1,000 nodes: imported, imported again, changed', async () => {
  await using site = await temporaryInstallation();
  const { db } = site.database;
  const plan = await planImport(db, reading(nodesConf()));
  expect(countsOf(diffOf(plan.entries))).toEqual({ add: 1003, change: 0, remove: 0 });
  expect(await applyPlan(db, plan, 'node import')).toBe(1);
  expect(await showNode(db, nodeName(40))).toMatchObject({
    name: 'c0040',
    macs: [nodeMac(40)],
    address: nodeAddress(40),
    image: 'rockylinux-9-gpu',
    profiles: ['default', 'gpu'],
    arguments: [
      'quiet',
      'crashkernel=no',
      'console=tty0',
      'console=ttyS0,115200n8',
      'iommu=pt',
      'rd.driver.blacklist=nouveau',
    ],
    tags: { cluster: 'atlas', accelerator: 'a100', rack: 'r01' },
    interfaces: { eth0: { mac: nodeMac(40), address: `${nodeAddress(40)}/16`, gateway: '10.1.0.1' } },
  });
  expect((await listNodes(db)).length).toBe(1000);
  expect(plan.notices.find(({ field }) => field === 'ipmi password')).toMatchObject({
    profiles: ['default'],
  });

  const again = await planImport(db, reading(nodesConf()));
  expect(again).toMatchObject({ entries: [], unchanged: 1003, revision: 1 });

  // What was done by hand since stays, but for what the source says.
  await setNodes(db, 'c0001', { tags: { owner: 'me', rack: 'moved' }, mode: 'demo' });
  const changed = reading(nodesConf({ image: 'other' }));
  expect(await refused(planImport(db, changed))).toEqual([
    '- import/exists Already in the registry: node c0001; profiles default, gpu',
  ]);
  const update = await planImport(db, changed, { update: true });
  await applyPlan(db, update, 'node import --update');
  expect(await showNode(db, 'c0001')).toMatchObject({
    image: 'other',
    mode: 'demo',
    tags: { owner: 'me', rack: 'r01' },
  });
});

test('both spellings of Warewulf make the same nodes', () => {
  const nodesOf = (version: '4.4' | '4.6') => documents(reading(nodesConf({ nodes: 300, version })))['nodes'];
  expect(nodesOf('4.4')).toEqual(nodesOf('4.6'));
});

test('addresses of other nodes are told with their places, and nothing is written', async () => {
  await using site = await temporaryInstallation();
  const { db } = site.database;
  await addNodes(db, 'old', { macs: ['52:54:00:00:00:01'], address: '10.0.0.2' });
  const csv = 'name,mac,ip\nn1,52:54:00:00:00:01,10.0.0.1\nn2,52:54:00:00:00:02,10.0.0.2\n';
  expect(await refused(planImport(db, reading(csv)))).toEqual([
    '2 import/taken MAC address 52:54:00:00:00:01 of n1 belongs to node old in the registry',
    '3 import/taken Address 10.0.0.2 of n2 belongs to node old in the registry',
  ]);
  expect((await listNodes(db)).map((node) => node.name)).toEqual(['old']);
});

test('two nodes may swap their addresses; groups that are there keep what is said of them', async () => {
  await using site = await temporaryInstallation();
  const { db } = site.database;
  const table = (a: string, b: string) =>
    reading(`name,mac,ip,group\nn1,${a},10.0.0.1,g\nn2,${b},10.0.0.2,g\n`);
  const [one, two] = ['52:54:00:00:00:01', '52:54:00:00:00:02'];
  await applyPlan(db, await planImport(db, table(one, two)), 'first');
  await applyPlan(db, await planImport(db, table(two, one), { update: true }), 'second');
  expect(await showNode(db, 'n1')).toMatchObject({ macs: [two], groups: ['g'] });
});

test('a registry that changed meanwhile is not written to', async () => {
  await using site = await temporaryInstallation();
  const { db } = site.database;
  const plan = await planImport(db, reading('name,mac\nn1,52:54:00:00:00:01\n'));
  await addNodes(db, 'n1', {});
  expect(await refused(applyPlan(db, plan, 'late'))).toEqual([
    expect.stringContaining('cluster/changed-meanwhile'),
  ]);
});

test('what is not there can be updated and what is left is told per field', async () => {
  await using site = await temporaryInstallation();
  const plan = await planImport(site.database.db, reading(nodesConf({ nodes: 10 })), { update: true });
  expect(plan.notices).toContainEqual({
    field: 'ipmi username',
    reason: '',
    nodes: '',
    profiles: ['default'],
    groups: [],
  });
  expect(JSON.stringify(plan)).not.toContain('calvin');
});
