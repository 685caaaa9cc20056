/** Content of BlueBanquise's images, with the real file systems: a livenet squashfs with an XFS in it, NFS trees. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyBlueBanquise, type Applied } from '../src/bluebanquise/apply.ts';
import { BlueBanquise, HASH, KERNEL } from '../src/bluebanquise/fixture.ts';
import { planBlueBanquise } from '../src/bluebanquise/plan.ts';
import { openDatabase, type Database } from '../src/db/database.ts';
import { Catalog } from '../src/image/catalog.ts';
import type { SlipwayEvent } from '../src/system/events.ts';
import { Namespace } from '../src/system/namespace.ts';
import { tinyTree, traces, Trial } from './support/tiny.ts';
import { unpacked } from './support/unpacked.ts';

let there: BlueBanquise;
let trial: Trial;
let database: Database;
const events: SlipwayEvent[] = [];
beforeEach(async () => {
  events.length = 0;
  [there, trial] = [await BlueBanquise.open(), await Trial.open()];
  database = await openDatabase(trial.installation.paths.database);
});
afterEach(async () => {
  await database.close();
  await there[Symbol.asyncDispose]();
  await trial[Symbol.asyncDispose]();
});

async function importAll(): Promise<Applied> {
  const { installation } = trial;
  const catalog = await Catalog.open(installation.paths);
  const engine = {
    installation,
    db: database.db,
    catalog,
    sink: (event: SlipwayEvent) => void events.push(event),
  };
  const plan = await planBlueBanquise(engine, {
    directory: there.directory,
    nfs: there.nfs,
    trees: true,
    root: there.root,
  });
  return await applyBlueBanquise(plan, engine);
}

/** A root tree as disklessset leaves it, its broken sshd_config included. */
async function oldTree(path: string): Promise<void> {
  await tinyTree(path);
  mkdirSync(join(path, 'etc/ssh'));
  writeFileSync(join(path, 'etc/ssh/sshd_config'), 'Port 22\nPermitRootLogin yesUsePAM yes\n');
  writeFileSync(join(path, 'etc/shadow'), `root:${HASH}:18000:0:99999:7:::\n`, { mode: 0o600 });
  writeFileSync(join(path, 'etc/owned'), 'x');
  execFileSync('chown', ['1234:5678', join(path, 'etc/owned')]);
  chmodSync(join(path, 'etc/owned'), 0o4750);
  execFileSync('ln', [join(path, 'etc/owned'), join(path, 'etc/twin')]);
  symlinkSync('/etc/shadow', join(path, 'etc/hostile'));
}

/** squashfs.img with LiveOS/rootfs.img, the XFS with the tree. */
async function livenetImage(name: string): Promise<string> {
  const [stage, tree] = [join(there.root, 'tosquash'), join(there.root, 'tree')];
  await oldTree(tree);
  mkdirSync(join(stage, 'LiveOS'), { recursive: true });
  const rootfs = join(stage, 'LiveOS/rootfs.img');
  writeFileSync(rootfs, '');
  truncateSync(rootfs, 320 << 20);
  execFileSync('mkfs.xfs', ['-q', rootfs]);
  {
    await using namespace = await Namespace.open();
    const mnt = join(there.root, 'mnt');
    mkdirSync(mnt);
    await namespace.run(['mount', '-o', 'loop', rootfs, mnt]);
    await namespace.run(['cp', '-a', `${tree}/.`, mnt]);
    await namespace.run(['umount', mnt]);
  }
  const image = join(there.directory, 'diskless/images', name, 'squashfs.img');
  execFileSync('mksquashfs', [stage, image, '-quiet', '-no-progress']);
  rmSync(stage, { recursive: true });
  return image;
}

test('a livenet image becomes a generation: its content as it was, but for sshd, which starts', async () => {
  await there.livenet('space_image', { release_version: '8' });
  await livenetImage('space_image');
  const applied = await importAll();
  expect(applied.failed).toEqual([]);
  expect(applied).toMatchObject({ images: ['space_image:1'], kernels: [] });
  await using root = await unpacked(trial.installation, 'space_image');
  const path = (name: string) => join(root.path, name);
  expect(readFileSync(path('etc/ssh/sshd_config'), 'utf8')).toBe(
    'Port 22\nPermitRootLogin yes\nUsePAM yes\n',
  );
  expect(readFileSync(path('etc/shadow'), 'utf8')).toContain(HASH);
  expect(lstatSync(path('etc/owned'))).toMatchObject({ uid: 1234, gid: 5678, nlink: 2 });
  expect(lstatSync(path('etc/owned')).mode & 0o7777).toBe(0o4750);
  expect(lstatSync(path('etc/hostile')).isSymbolicLink()).toBe(true);
  const config = (await (await Catalog.open(trial.installation.paths)).resolve('space_image')).config;
  expect(config.kernel).toBeUndefined();
  expect(JSON.stringify(events)).toContain('space_image has no kernel');
  expect(JSON.stringify(events)).not.toContain(HASH);
  expect(traces(there.root)).toEqual([]);
  // Again: the same content is the same generation.
  expect((await importAll()).images).toEqual(['space_image:1']);
});

test('NFS trees, staging and golden, with their own directories', async () => {
  await there.image('nfs1', { password: HASH, kernel: `vmlinuz-${KERNEL}`, image_class: 'NfsStagingImage' });
  await there.golden('golden1', 'c[001-002]');
  await oldTree(join(there.nfs, 'staging/nfs1'));
  await oldTree(join(there.nfs, 'golden/golden1/image'));
  const applied = await importAll();
  expect(applied.failed).toEqual([]);
  expect(applied.images).toEqual(['golden1:1', 'nfs1:1']);
  await using root = await unpacked(trial.installation, 'nfs1');
  expect(lstatSync(join(root.path, 'etc/owned'))).toMatchObject({ uid: 1234, nlink: 2 });
  // What was there is as it was.
  expect(readFileSync(join(there.nfs, 'staging/nfs1/etc/ssh/sshd_config'), 'utf8')).toContain('yesUsePAM');
});

test('damaged images are told one by one, and the others are taken over', async () => {
  for (const name of ['cut', 'empty', 'good', 'norootfs', 'link', 'noise']) await there.livenet(name);
  const good = await livenetImage('good');
  const at = (name: string) => join(there.directory, 'diskless/images', name, 'squashfs.img');
  execFileSync('cp', [good, at('cut')]);
  truncateSync(at('cut'), 100_000);
  writeFileSync(at('empty'), '');
  const [plain, linked] = [join(there.root, 'plain'), join(there.root, 'linked')];
  mkdirSync(join(plain, 'LiveOS'), { recursive: true });
  execFileSync('mksquashfs', [plain, at('norootfs'), '-quiet', '-no-progress']);
  mkdirSync(join(linked, 'LiveOS'), { recursive: true });
  symlinkSync('/etc/passwd', join(linked, 'LiveOS/rootfs.img'));
  execFileSync('mksquashfs', [linked, at('link'), '-quiet', '-no-progress']);
  rmSync(join(linked, 'LiveOS/rootfs.img'));
  writeFileSync(join(linked, 'LiveOS/rootfs.img'), Buffer.alloc(1 << 20, 'noise'));
  execFileSync('mksquashfs', [linked, at('noise'), '-quiet', '-no-progress']);
  const applied = await importAll();
  expect(applied.images).toEqual(['good:1']);
  expect(applied.failed.map((one) => one.what)).toEqual(
    ['cut', 'empty', 'link', 'noise', 'norootfs'].map((one) => `image ${one}`),
  );
  expect(applied.failed.find((one) => one.what.endsWith('link'))?.reason).toContain(
    'There is no LiveOS/rootfs.img',
  );
  expect(traces(there.root)).toEqual([]);
});
