/** What is changed in a mounted image of an SELinux policy is labelled, whatever the host is. */
import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Unmounted } from '../src/mounts/umount.ts';
import { Stage } from './support/stage.ts';
import { Trial } from './support/tiny.ts';

let trial: Trial;
let stage: Stage;
const context = (type: string) => `system_u:object_r:${type}:s0`;
const FILES = 'etc/selinux/tiny/contexts/files';
beforeAll(async () => {
  trial = await Trial.open();
  const contexts = `/.* ${context('default_t')}\n/ -d ${context('root_t')}\n/etc(/.*)? ${context('etc_t')}\n/srv(/.*)? ${context('srv_t')}\n`;
  await trial.write(`tree/${FILES}/file_contexts`, contexts);
  await trial.write('tree/etc/selinux/tiny/policy/policy.33', 'policy');
  // They stand for the programs of a distribution, which check a policy.
  for (const name of ['setfiles', 'restorecon'])
    await chmod(await trial.write(`tree/usr/sbin/${name}`, '#!/bin/sh\nexit 0\n'), 0o755);
  const steps = "steps: [{run: 'mkdir -p /srv; echo >/srv/a; echo >/srv/b'}]\n";
  await trial.build(await trial.recipe('tiny', `selinux: {policy: tiny, mode: permissive}\n${steps}`));
  stage = await Stage.open(trial.installation.paths.root);
}, 60_000);
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await trial[Symbol.asyncDispose]();
}, 60_000);

/** Types of paths in the mounted tree; `-`: none. */
const types = async (...paths: string[]) =>
  (await stage.sh(`cd ${stage.tree('tiny')}; for path in ${paths.join(' ')}; do getfattr --only-values -n security.selinux $path 2>/dev/null || echo :::-; echo; done`)) // prettier-ignore
    .split(/[\0\n]+/)
    .filter(Boolean)
    .map((line) => line.split(':')[2] || line.split(':').at(-1));

test('new files get labels, others keep theirs; a changed policy labels below what it must', async () => {
  await stage.mount('tiny');
  await stage.inside(
    'tiny',
    'echo >/srv/new; echo >/etc/new; echo changed >/srv/a; mkdir /other; echo >/other/x',
  );
  expect(await types('srv/a', 'srv/new')).toEqual(['srv_t', '-']);
  const first = await stage.ok<Unmounted>('image', 'umount', 'tiny');
  expect(first).toMatchObject({ changed: true });
  await stage.mount('tiny');
  expect(await types('srv/new', 'etc/new', 'srv/a', 'srv/b', 'other', 'other/x')).toEqual(['srv_t', 'etc_t', 'srv_t', 'srv_t', 'default_t', 'default_t']); // prettier-ignore

  await stage.inside('tiny', `echo '/srv/b -- ${context('new_t')}' >/${FILES}/file_contexts.local`);
  const second = await stage.ok<Unmounted>('image', 'umount', 'tiny');
  const { files } = await stage.ok<{ files: { path: string }[] }>('image', 'diff', `tiny:${first.generation?.generation}`, `tiny:${second.generation?.generation}`); // prettier-ignore
  expect(files.map(({ path }) => path).toSorted()).toEqual([`/${FILES}/file_contexts.local`, '/srv/b']);
  await stage.mount('tiny');
  expect(await types('srv/b', 'srv/a')).toEqual(['new_t', 'srv_t']);
  await stage.inside('tiny', 'touch /srv/b');
  expect(await stage.ok('image', 'umount', 'tiny')).toMatchObject({ changed: false });
}, 120_000);

test('an image whose policy is removed is not made', async () => {
  await stage.mount('tiny');
  await stage.inside('tiny', 'rm -r /etc/selinux/tiny');
  expect(await stage.fails('image', 'umount', 'tiny')).toBe('1 selinux/no-policy');
  expect(await stage.ok('image', 'umount', 'tiny', '--discard')).toMatchObject({ changed: false });
}, 60_000);
