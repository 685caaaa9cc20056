/** The step `files`: trees, owners, links and absolute paths. The image's own busybox looks at what came of it. */
import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Trial } from './support/tiny.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await Trial.open();
  await trial.write('overlay/etc/motd', 'hello\n');
  await trial.write('overlay/bin/tool', '#!/bin/sh\n');
  await chmod(await trial.write('overlay/new/program', '#!/bin/sh\n'), 0o750);
  await symlink('motd', join(trial.directory, 'overlay/etc/link'));
  for (const directory of ['overlay', 'overlay/etc', 'overlay/new'])
    await chmod(join(trial.directory, directory), 0o700);
});
afterAll(async () => {
  await trial[Symbol.asyncDispose]();
});

/** Builds with `files` and compares `stat -c '%F %a %u:%g'` of paths in the image. */
async function expectTree(
  name: string,
  files: readonly object[],
  wanted: Record<string, string>,
): Promise<void> {
  const checks = Object.entries(wanted).map(
    ([path, text]) => `test "$(stat -c '%F %a %u:%g' ${path})" = "${text}" || { stat ${path}; exit 1; }`,
  );
  const steps = [{ files }, { run: `${checks.join('\n')}\n` }];
  const { built } = await trial.build(await trial.recipe(name, `steps: ${JSON.stringify(steps)}\n`));
  expect(built.image).toBe(name);
}

describe('files: copy of a tree', () => {
  it('merges into directories that are there, which keep their modes, and through links such as /bin', async () => {
    await expectTree('laid-over', [{ copy: 'overlay', to: '/' }], {
      '/': 'directory 755 0:0',
      '/etc': 'directory 755 0:0',
      '/etc/motd': 'regular file 644 0:0',
      '/etc/link': 'symbolic link 777 0:0',
      '/bin': 'symbolic link 777 0:0',
      '/usr/bin/tool': 'regular file 644 0:0',
      '/new': 'directory 700 0:0',
      '/new/program': 'regular file 750 0:0',
    });
  });

  it('gives all that is new to the owner', async () => {
    await expectTree('owned', [{ copy: 'overlay', to: '/etc/sub', owner: '5:6' }], {
      '/etc': 'directory 755 0:0',
      '/etc/sub': 'directory 700 5:6',
      '/etc/sub/etc/motd': 'regular file 644 5:6',
      '/etc/sub/etc/link': 'symbolic link 777 5:6',
    });
  });
});

describe('files: one path', () => {
  it('keeps set-user-ID bits when the owner changes too', async () => {
    await expectTree('suid', [{ content: 'x', to: '/p', mode: '4755', owner: '5' }], {
      '/p': 'regular file 4755 5:0',
    });
  });

  it('follows a link that the recipe names, and absolute paths', async () => {
    const motd = join(trial.directory, 'overlay/etc/motd');
    await symlink(motd, join(trial.directory, 'named-link'));
    const files = [
      { copy: 'named-link', to: '/a' },
      { copy: motd, to: '/b' },
      { template: motd, to: '/c' },
    ];
    await expectTree('links', files, {
      '/a': 'regular file 644 0:0',
      '/b': 'regular file 644 0:0',
      '/c': 'regular file 644 0:0',
    });
  });
});

describe('files: what is refused', () => {
  it.each([
    ['a file for a directory', '{to: /etc, content: x}', 'build/in-the-way', '/etc is a directory in the image, and a file'],
    ['a copy for a directory', '{to: /etc, copy: overlay/etc/motd}', 'build/in-the-way', '/etc is a directory'],
    ['a link for a directory', '{to: /etc, link: /x}', 'build/in-the-way', 'and a link cannot take its place'],
    ['a tree for a file', '{to: /etc/passwd, copy: overlay}', 'build/in-the-way', '/etc/passwd is a file'],
    ['a directory for a file', '{to: /etc/passwd, directory: true}', 'build/in-the-way', '/etc/passwd is no directory'],
    ['a file below a file', '{to: /etc/passwd/a/b, content: x}', 'build/in-the-way', '/etc/passwd is no directory'],
    ['rights of nothing', '{to: /nowhere, mode: "0600"}', 'build/not-there', '/nowhere is not in the image'],
  ])('%s, at its place', async (_, entry, code, message) => {
    const file = await trial.recipe('refused', `steps:\n  - files: [${entry}]\n`);
    const error = await trial.build(file).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), where: { file, line: 4, column: 5 } });
  }); // prettier-ignore

  it('but remove makes room first', async () => {
    await expectTree('room', [{ remove: '/var/cache' }, { link: '/tmp', to: '/var/cache' }], {
      '/var/cache': 'symbolic link 777 0:0',
    });
  });
});

describe('errors before a step runs', () => {
  it.each([
    ['a password that nobody can type', 'steps:\n  - users: [{name: root, password: {prompt: true}}]\n', 'build/needs-answer', 4],
    ['packages without apt', 'steps:\n  - packages: [htop]\n', 'build/no-package-manager', 4],
    ['an image that is not there', 'from: nosuch\n', 'image/unknown', 2],
  ])('%s: told at its place', async (_, text, code, line) => {
    const file = await trial.recipe('early', text);
    const error = await trial.build(file).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, where: { file, line } });
  }); // prettier-ignore
});

describe('run: inputs and file', () => {
  it('are found by absolute paths, and the content behind a link belongs to the key', async () => {
    await trial.write('data', 'one');
    await symlink('data', join(trial.directory, 'input'));
    const script = await trial.write('script.sh', 'cat /run/slipway/inputs/input > /got\n');
    const file = await trial.recipe(
      'inputs',
      `steps:\n  - run: {file: ${script}, inputs: [${join(trial.directory, 'input')}]}\n`,
    );
    const first = await trial.build(file);
    expect((await trial.build(file)).built.cached).toBe(true);
    await trial.write('data', 'two');
    const second = await trial.build(file);
    expect(second.built).toMatchObject({ cached: false, generation: 2 });
    expect(second.built.digest).not.toBe(first.built.digest);
  });
});
