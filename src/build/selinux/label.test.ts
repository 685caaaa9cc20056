/** Labels are written by the real setfiles; the tree is hostile. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../system/process.ts';
import { loadInstallation } from '../../system/config.ts';
import { contextsFile, policiesOf, readContexts, sameContexts, type Contexts } from './contexts.ts';
import { labelLayer } from './label.ts';

let base: string;
let tree: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'slipway-labels-'));
  tree = join(base, 'tree');
  await mkdir(tree);
});
afterEach(async () => await rm(base, { recursive: true }));

const context = (type: string) => `system_u:object_r:${type}:s0`;
const CONTEXTS = [
  `/.*  ${context('default_t')}`,
  `/  -d  ${context('root_t')}`,
  `/etc(/.*)?  ${context('etc_t')}`,
  `/etc/shadow  --  ${context('shadow_t')}`,
  `/usr/bin(/.*)?  ${context('bin_t')}`,
  `/srv/a  --  ${context('a_t')}`,
  `/srv/b  --  ${context('b_t')}`,
  '/tmp/.*  <<none>>',
  '',
].join('\n');

const label = async (contexts: Contexts) =>
  await labelLayer(tree, contexts, 'tiny', { installation: loadInstallation(base), options: {} });

/** Type by path; of the path's bytes as latin1. */
async function types(): Promise<Record<string, string>> {
  const { stdout } = await run(['getfattr', '-R', '-P', '-h', '-n', 'security.selinux', '.'], {
    cwd: tree,
    okCodes: [0, 1],
  });
  const found = stdout.matchAll(/^# file: (.*)\nsecurity\.selinux="system_u:object_r:(\w+):s0"$/gm);
  return Object.fromEntries([...found].map(([, path = '', type = '']) => [path, type]));
}

test('every file gets the label of its path, whatever it is', async () => {
  await run(['sh', '-ec', `
    mkdir -p etc usr/bin bin tmp srv
    echo 1 >etc/shadow; echo 2 >'etc/a b'; echo 3 >"etc/new
line"; echo 4 >"etc/$(printf '\\377')"
    mkfifo usr/bin/pipe; echo 5 >tmp/file; echo 6 >bin/tool
    setfattr -n security.selinux -v user_u:object_r:old_t:s0 bin/tool
    ln -s shadow etc/link`], { cwd: tree }); // prettier-ignore
  await label(new Map([['', CONTEXTS], ['.subs_dist', '/bin /usr/bin\n']])); // prettier-ignore
  expect(await types()).toEqual({
    '.': 'root_t',
    etc: 'etc_t',
    'etc/shadow': 'shadow_t',
    'etc/a b': 'etc_t',
    'etc/new\\012line': 'etc_t',
    'etc/\uFFFD': 'etc_t',
    'etc/link': 'etc_t',
    usr: 'default_t',
    'usr/bin': 'bin_t',
    'usr/bin/pipe': 'bin_t',
    bin: 'bin_t',
    'bin/tool': 'bin_t',
    // The policy says <<none>> of it: what it says of all files.
    tmp: 'default_t',
    'tmp/file': 'default_t',
    srv: 'default_t',
  });
});

test('of a file with two names the first counts, in whichever order they were made', async () => {
  for (const [first, second] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    await run(['sh', '-ec', `rm -rf srv; mkdir srv; echo >srv/${first}; ln srv/${first} srv/${second}`], { cwd: tree }); // prettier-ignore
    await label(new Map([['', CONTEXTS]]));
    expect(await types()).toMatchObject({ 'srv/a': 'a_t', 'srv/b': 'a_t' });
  }
});

test('what stands for a removed file gets no label', async () => {
  await run(['sh', '-ec', 'mkdir etc; mknod etc/gone c 0 0; ln etc/gone etc/gone2; mknod etc/null c 1 3'], {
    cwd: tree,
  });
  await label(new Map([['', CONTEXTS]]));
  expect(await types()).toEqual({ '.': 'root_t', etc: 'etc_t', 'etc/null': 'etc_t' });
});

test('links lead to no file of the host', async () => {
  const victim = join(base, 'victim');
  await writeFile(victim, 'host');
  await mkdir(join(tree, 'etc'));
  await symlink(victim, join(tree, 'etc/shadow'));
  await symlink(base, join(tree, 'srv'));
  await label(new Map([['', CONTEXTS]]));
  const { stdout } = await run(['getfattr', '-m', 'selinux', victim]);
  expect(stdout).toBe('');
  expect(await types()).toMatchObject({ 'etc/shadow': 'etc_t', srv: 'default_t' });
});

test('file contexts that nobody understands are an error', async () => {
  await expect(label(new Map([['', '/etc(/.*)?\n']]))).rejects.toMatchObject({
    code: 'selinux/bad-contexts',
    output: expect.stringContaining('missing fields') as string,
  });
  await expect(label(new Map([['', `/etc(  ${context('etc_t')}\n`]]))).rejects.toMatchObject({
    code: 'selinux/bad-contexts',
  });
});

test('contexts are read inside the tree only, and compared by content', async () => {
  const file = join(tree, contextsFile('tiny'));
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, CONTEXTS);
  expect(await policiesOf(tree)).toEqual(['tiny']);
  const before = await readContexts(tree, 'tiny');
  expect(before?.get('')).toBe(CONTEXTS);
  await writeFile(join(base, 'secret'), 'of the host');
  await symlink(join(base, 'secret'), `${file}.local`);
  expect(sameContexts(before, await readContexts(tree, 'tiny'))).toBe(true);
  await rm(`${file}.local`);
  await writeFile(`${file}.local`, `/opt  ${context('usr_t')}\n`);
  expect(sameContexts(before, await readContexts(tree, 'tiny'))).toBe(false);
  expect(await readContexts(tree, 'other')).toBeUndefined();
  await rm(join(tree, 'etc'), { recursive: true });
  await mkdir(join(base, 'outside/tiny/contexts/files'), { recursive: true });
  await writeFile(join(base, 'outside/tiny/contexts/files/file_contexts'), 'x');
  await mkdir(join(tree, 'etc'));
  await symlink(join(base, 'outside'), join(tree, 'etc/selinux'));
  expect(await readContexts(tree, 'tiny')).toBeUndefined();
  expect(await readFile(join(base, 'secret'), 'utf8')).toBe('of the host');
});
