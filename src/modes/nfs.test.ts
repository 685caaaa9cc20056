import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newGeneration } from '../../test/support/catalog.ts';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { cpio } from '../boot/cpio.ts';
import { answer, type BootServer } from '../boot/answer.ts';
import { findDrift } from '../boot/drift.ts';
import { digestOf, fakeImage } from '../boot/fixture.ts';
import { unobserved } from '../boot/observer.ts';
import { previewScript } from '../boot/preview.ts';
import { settingLines } from '../boot/settings.ts';
import type { Given } from '../boot/session.ts';
import { filesContext } from '../files/context.ts';
import { Catalog } from '../image/catalog.ts';
import type { Resolved } from '../image/types.ts';
import { andTrees } from '../nfs/needs.ts';
import { writeNodeTree, type NodeTree } from '../nfs/records.ts';
import { exportedNode, nodeDirectory } from '../nfs/store.ts';
import { generationsInUse, setBoot, showBoot } from '../node/assignment.ts';
import { addNodes } from '../node/registry.ts';
import { run } from '../system/process.ts';
import { findMode } from './index.ts';
import { nfsLines, ownSources } from './nfs/lines.ts';

const mac = '52:54:00:00:00:01';
const client = '192.0.2.9';
const nfs = findMode('nfs');
const images: Record<string, Resolved> = {};
const catalog = {
  resolve: async (ref: string) => {
    const found = images[ref];
    if (!found) throw new Error(`no image ${ref}`);
    return found;
  },
  find: async (ref: string) => (await catalog.resolve(ref)).generation,
};
const tree = (generation: number, changes: Partial<NodeTree> = {}): NodeTree => ({
  image: 'compute', node: 'n1', generation, base: digestOf(String(generation)), kind: 'copy', data: 'data-00000000',
  created: '2026-01-01T00:00:00.000Z', refreshed: '2026-01-01T00:00:00.000Z', ...changes,
}); // prettier-ignore

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let server: BootServer;
const events: string[] = [];
beforeEach(async () => {
  here = await temporaryInstallation();
  const { db } = here.database;
  for (const n of [7, 8]) images[`compute:${n}`] = fakeImage('compute', n);
  images['compute'] = fakeImage('compute', 8);
  await addNodes(db, 'n1', { macs: [mac], image: 'compute', mode: 'nfs' });
  events.length = 0;
  server = {
    db,
    images: catalog,
    installation: here.installation,
    sink: (event) => event.event === 'notice' && events.push(event.message),
    observer: unobserved,
    files: filesContext(db, Buffer.alloc(32)),
  };
});
afterEach(() => here[Symbol.asyncDispose]());

const give = async (record: NodeTree) => {
  const { paths } = here.installation;
  await mkdir(nodeDirectory(paths, record.image, record.node), { recursive: true });
  await writeNodeTree(paths, record);
};
const MODULES = 'usr/lib/modules/6.1.0/kernel';
/** A generation of a real catalog, with these files in its initramfs. */
const realImage = async (files: readonly string[], layers?: Uint8Array[]) => {
  const { installation } = here;
  // Exporting is another matter: src/nfs/exports.
  installation.config.nfs.server = 'off';
  const catalog = await Catalog.open(installation.paths);
  const next = await newGeneration(catalog, 'compute', { layers });
  const initramfs = await catalog.putBlob(cpio(files.map((path) => ({ path, mode: 0o644, content: '' }))));
  const real = await catalog.publish({ ...next, initramfs });
  server = { ...server, images: catalog };
  return { real, catalog };
};
const ask = async (host = '192.0.2.1') =>
  await answer(server, { mac, client, server: `http://${host}:8080` });

describe('a node in mode nfs', () => {
  test('without a tree is told the command that helps', async () => {
    const script = await ask();
    expect(script).toContain('n1 cannot boot: Node n1 has no tree of compute');
    expect(script).toContain('slipway nfs add -n n1 -i compute');
    expect(script).not.toContain('\nkernel ');
    expect(events).toEqual([expect.stringContaining('no tree of compute')]);
    expect(await here.database.db.selectFrom('boot_session').selectAll().execute()).toEqual([]);
  });

  test('would boot the generation that its tree stands on', async () => {
    await give(tree(7));
    const preview = await previewScript(here.installation, here.database.db, catalog, 'n1');
    expect(preview).toContain('image compute:7, mode nfs');
  });

  test('whose initramfs is of an older version is told so', async () => {
    const { real } = await realImage(['usr/lib/slipway/root.sh']);
    await give(tree(1, { base: real.digest }));
    const script = await ask();
    expect(script).toContain('compute:1 cannot boot in mode nfs: its initramfs cannot mount NFS');
    expect(script).not.toContain('\nkernel ');
  });

  test.each([
    [
      'whose kernel has no NFS 4 is told so',
      'kernel/fs/nfs/nfsv3.ko',
      'its kernel has no NFS client: nfsv4 is missing',
    ],
    ['may have it in its kernel', 'kernel/fs/nfs/nfsv4.ko', 'image compute:1, mode nfs'],
  ])('%s', async (_, builtin, answered) => {
    const directory = join(here.installation.paths.root, 'tree');
    const modules = join(directory, 'lib/modules/6.1.0-1-amd64');
    await mkdir(modules, { recursive: true });
    await writeFile(join(modules, 'modules.builtin'), `kernel/fs/ext4/ext4.ko\n${builtin}\n`);
    const layer = `${directory}.squashfs`;
    await run(['mksquashfs', directory, layer, '-quiet', '-no-progress']);
    const names = ['usr/lib/slipway/nfs.sh', `${MODULES}/fs/nfs/nfs.ko.xz`];
    const { real } = await realImage(names, [await readFile(layer)]);
    await give(tree(1, { base: real.digest }));
    expect(await ask()).toContain(answered);
  });

  test('gets that generation, and its session keeps it', async () => {
    const { real } = await realImage([
      'usr/lib/slipway/nfs.sh',
      `${MODULES}/fs/nfs/nfs.ko.xz`,
      `${MODULES}/fs/nfs/nfsv4.ko.xz`,
    ]);
    await realImage(['newer']);
    await give(tree(1, { base: real.digest }));
    expect(await ask()).toContain('image compute:1, mode nfs');
    const { digest, image, given } = await here.database.db
      .selectFrom('boot_session')
      .selectAll()
      .executeTakeFirstOrThrow();
    expect({ digest, image }).toEqual({ digest: real.digest, image: 'compute:1' });
    const path = exportedNode(here.installation.paths, 'compute', 'n1');
    expect(JSON.parse(given)).toMatchObject({ own: { path }, host: '192.0.2.1' });
  });

  test('is given server, path and options', () => {
    const { installation } = here;
    const own = { path: exportedNode(installation.paths, 'compute', 'n1') };
    const context = { image: fakeImage(), installation, node: { name: 'n1' }, own, host: '192.0.2.1' };
    expect(nfs.nodeConf(context)).toEqual([
      ['mode', 'nfs'],
      ['nfs', `192.0.2.1 ${own.path}`],
      ['nfs-options', 'vers=4.2'],
      ['attempts', '8'],
    ]);
    installation.config.nfs.options = 'nconnect=4';
    installation.config.nfs.version = '3';
    expect(nfs.nodeConf(context)).toContainEqual(['nfs-options', 'vers=3,nconnect=4']);
    expect(nfs.boot(context)).toMatchObject({ fetched: [], dracutNetwork: false });
    expect(nfs.boot(context).root('http://x')).toEqual(['root=slipway']);
  });

  test('has no drift as long as its tree stays, whatever latest is', async () => {
    await give(tree(7));
    const { db } = here.database;
    const { openSession } = await import('../boot/open-session.ts');
    const { addStage } = await import('../boot/stages.ts');
    const { makePlan, bootArguments } = await import('../boot/plan.ts');
    const node = await db.selectFrom('node').selectAll().executeTakeFirstOrThrow();
    const plan = await makePlan(
      { images: catalog, installation: here.installation },
      { ...node, arguments: [] },
      'compute',
      'nfs',
    );
    expect(plan.image.generation.generation).toBe(7);
    const host = '192.0.2.1';
    const given: Given = {
      arguments: bootArguments(here.installation, plan),
      own: plan.own,
      host,
      files: {},
    };
    const lines = settingLines({ ...plan, installation: here.installation, given, files: [] });
    given.settings = Object.fromEntries(lines.filter(([key]) => !['mode', 'attempts'].includes(key)));
    const opened = await openSession(db, {
      id: 'a'.repeat(32), node, mac, client, image: plan.image, mode: 'nfs', given,
    }); // prettier-ignore
    await addStage(db, opened, 'ready');
    const context = { installation: here.installation, db, catalog, files: async () => [] };
    expect(await findDrift(context)).toMatchObject([{ drift: false, changes: [] }]);
    expect(await showBoot(db, catalog, 'n1', here.installation)).toMatchObject({
      generation: { generation: 7 },
      stale: false,
    });
    await give(tree(8));
    expect(await findDrift(context)).toMatchObject([
      { drift: true, changes: [{ what: 'image', from: 'compute:7', to: 'compute:8' }] },
    ]);
    await rm(nodeDirectory(here.installation.paths, 'compute', 'n1'), { recursive: true });
    expect(await findDrift(context)).toMatchObject([
      { changes: [{ what: 'assignment', to: 'Node n1 has no tree of compute' }] },
    ]);
    const without = await showBoot(db, catalog, 'n1', here.installation);
    expect(without).toMatchObject({ problem: 'Node n1 has no tree of compute' });
    expect(without.generation).toBeUndefined();
  });

  test('is not assigned an image that it has no tree of', async () => {
    const { installation, database: { db } } = here; // prettier-ignore
    const set = setBoot(db, catalog, 'n1', { image: 'compute', mode: 'nfs' }, undefined, installation);
    await expect(set).rejects.toMatchObject({ code: 'nfs/no-tree' });
    await give(tree(7));
    await setBoot(db, catalog, 'n1', { image: 'compute', mode: 'nfs' }, undefined, installation);
  });

  test('keeps the generation of its tree', async () => {
    await give(tree(7));
    const needs = andTrees(here.installation.paths, generationsInUse(here.database.db, catalog));
    expect(await needs(fakeImage('compute', 7).generation)).toEqual(['n1']);
    expect(await needs(fakeImage('compute', 6).generation)).toEqual([]);
    expect(await needs(fakeImage('other', 7).generation)).toEqual([]);
  });
});

describe('addresses of the NFS server', () => {
  const context = (host?: string) => ({
    image: fakeImage(), installation: here.installation, node: { name: 'n1' }, host,
  }); // prettier-ignore

  test('are those of the configuration, else the one by which the node came', () => {
    const { config } = here.installation;
    expect(ownSources(context('192.0.2.1'), '/p')).toEqual([{ address: '192.0.2.1', path: '/p' }]);
    expect(() => ownSources(context(), '/p')).toThrow(expect.objectContaining({ code: 'nfs/no-address' }));
    config.serve.address = '192.0.2.5';
    expect(ownSources(context(), '/p')).toEqual([{ address: '192.0.2.5', path: '/p' }]);
    config.nfs.addresses = ['192.0.2.7', '192.0.2.8'];
    expect(ownSources(context('192.0.2.1'), '/p').map(({ address }) => address)).toEqual([
      '192.0.2.7',
      '192.0.2.8',
    ]);
    expect(nfsLines(context(), ownSources(context(), '/p')).filter(([key]) => key === 'nfs')).toHaveLength(2);
  });

  test('are tried in another order by each node, or as they are listed', () => {
    const servers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({ address, path: '/p' }));
    const firsts = () => {
      const lines = (name: string) => nfsLines({ ...context(), node: { name } }, servers);
      return new Set(Array.from({ length: 60 }, (_, i) => lines(`n${i}`)[0]?.[1]));
    };
    expect(firsts().size).toBe(3);
    here.installation.config.nfs.order = 'listed';
    expect([...firsts()]).toEqual(['192.0.2.1 /p']);
  });
});
