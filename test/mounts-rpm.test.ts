/** A mounted image of an RPM distribution, changed by the host's dnf as an administrator does it. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Unmounted } from '../src/mounts/umount.ts';
import { SigningKey, SYSTEM, TinyMirror, TinyRepo } from './support/rpm/tiny-repo.ts';
import { Stage } from './support/stage.ts';
import { Trial } from './support/tiny.ts';

let trial: Trial;
let stage: Stage;
let keys: string;
let key: SigningKey;
let mirror: TinyMirror;
beforeAll(async () => {
  trial = await Trial.open();
  keys = await mkdtemp(join(tmpdir(), 'slipway-keys-'));
  key = await SigningKey.make(keys, 'good');
  await copyFile(key.file, join(trial.directory, basename(key.file)));
  const repo = await TinyRepo.make(join(trial.directory, 'mirror'));
  await repo.add([SYSTEM, { name: 'hello', requires: ['tiny-system'], files: { '/usr/bin/hello': '#!/bin/sh\necho hello\n' } }], key); // prettier-ignore
  await repo.index();
  mirror = await TinyMirror.serve(join(trial.directory, 'mirror'));
  stage = await Stage.open(trial.installation.paths.root);
}, 120_000);
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await mirror.close();
  await key.close();
  await rm(keys, { recursive: true, force: true });
  await trial[Symbol.asyncDispose]();
}, 60_000);

test('dnf --installroot, dnf clean all, unmount: the packages are in the new generation, nothing else of dnf is', async () => {
  const repository = `{id: base, baseurl: "${mirror.url}", gpgkey: good.asc}`;
  await trial.build(
    await trial.recipe('el', `source:\n  redhat:\n    type: none\n    release: 9\n    repositories: [${repository}]\n    packages: [tiny-system]\n`), // prettier-ignore
  );
  const { path } = await stage.mount('el');
  // A Debian keeps its own RPM database elsewhere; on a RHEL host this file is not needed.
  await writeFile(join(trial.directory, '.rpmmacros'), '%_dbpath /usr/lib/sysimage/rpm\n');
  const { packages: before } = await stage.ok<{ packages: { name: string }[] }>('image', 'show', 'el');
  expect(before.map(({ name }) => name)).toEqual(['tiny-system']);
  const dnf = `HOME=${trial.directory} dnf --quiet --assumeyes --installroot ${path} --releasever 9 --setopt=reposdir=/nowhere --setopt=pluginpath=/nowhere --repofrompath base,${mirror.url}`; // prettier-ignore
  const database = (await stage.sh(`cd ${path}; ls -d usr/lib/sysimage/rpm/rpmdb.sqlite var/lib/rpm/rpmdb.sqlite 2>/dev/null || :`)).trim(); // prettier-ignore
  expect(database).toMatch(/rpmdb\.sqlite$/);
  await writeFile(
    join(trial.directory, '.rpmmacros'),
    `%_dbpath /${database.replace('/rpmdb.sqlite', '')}\n`,
  );
  await stage.sh(
    `rpm --root ${path} --dbpath /${database.replace('/rpmdb.sqlite', '')} --import ${key.file}; ${dnf} --setopt=gpgcheck=1 install hello`,
  );
  expect(await stage.inside('el', '/usr/bin/hello')).toBe('hello\n');
  await stage.sh(`${dnf} clean all`);
  const done = await stage.ok<Unmounted>('image', 'umount', 'el');
  const { files, packages } = await stage.ok<{ files: { path: string }[]; packages: { added: { name: string }[] } }>('image', 'diff', 'el:1', 'el:2'); // prettier-ignore
  expect(done).toMatchObject({ changed: true });
  expect(packages.added.map(({ name }) => name)).toEqual(expect.arrayContaining(['hello']));
  const rest = files
    .map((one) => one.path)
    .filter((one) => one !== `/${database}` && one !== '/usr/bin/hello');
  // Empty directories that were not there before; files of dnf's own are left out.
  expect(rest.filter((one) => !/^\/var\/(lib\/dnf|cache$|cache\/dnf$)/.test(one))).toEqual([]);
  expect(rest.filter((one) => /history|log|-wal|-shm/.test(one))).toEqual([]);
}, 180_000);
