import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEBIAN, RecipeDirectory } from './fixture.ts';

let dir: RecipeDirectory;
beforeEach(async () => {
  dir = await RecipeDirectory.open();
});
afterEach(async () => {
  await dir[Symbol.asyncDispose]();
});

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPxP8VwE0nq2 me@here';
const user = (keys: string) => `name: a\n${DEBIAN}steps:\n  - users: [{name: joe, ssh_keys: [${keys}]}]\n`;
const root = (source: string) => `name: a\nsource: ${source}\n`;
const step = (text: string) => `name: a\n${DEBIAN}steps:\n  - ${text}\n`;

describe('every path that a recipe names', () => {
  it.each([
    ['an archive', root('{archive: {path: gone}}'), 2, 26],
    ['a directory', root('{directory: {path: gone}}'), 2, 28],
    ['a keyring', root('{debian: {suite: bookworm, keyring: gone}}'), 2, 45],
    ['a file to copy', step('files: [{to: /a, copy: gone}]'), 4, 28],
    ['a template', step('files: [{to: /a, template: gone}]'), 4, 32],
    ['a script', step('run: {file: gone}'), 4, 17],
    ['an input', step('run: {script: x, inputs: [gone]}'), 4, 31],
    ['a key file', user('gone'), 4, 36],
    ['a password file', step('users: [{name: joe, password: {file: gone}}]'), 4, 42],
    ['a fragment', `name: a\ninclude: [gone]\n${DEBIAN}`, 2, 11],
    ['a parent', 'name: a\nfrom: ./gone\n', 2, 7],
  ])('%s must be there', async (_, text, line, column) => {
    expect(await dir.mistakesIn(text)).toEqual([
      `r.yml:${line}:${column} recipe/missing-file: gone does not exist | Make the file, or correct the path.`,
    ]);
  });

  it('tells all at once, even within one step', async () => {
    await dir.write({ 'sub/x': '' });
    const found = await dir.mistakesIn(
      step('files: [{to: /a, copy: one}, {to: /b, copy: sub/y}, {to: /c, copy: nowhere/z}]'),
    );
    expect(found).toEqual([
      'r.yml:4:28 recipe/missing-file: one does not exist | Make the file, or correct the path.',
      'r.yml:4:49 recipe/missing-file: sub/y does not exist | Did you mean sub/x?',
      'r.yml:4:72 recipe/missing-file: nowhere/z does not exist | There is no directory nowhere.',
    ]);
  });

  it('must be of the right type, and never a pipe or device', async () => {
    execFileSync('mkfifo', [join(dir.path, 'pipe')]);
    await dir.write({ 'd/f': 'x', f: 'x' });
    const types = async (text: string) => (await dir.mistakesIn(text))[0];
    expect(await types(root('{archive: {path: d}}'))).toContain('d is a directory, not a file');
    expect(await types(root('{directory: {path: f}}'))).toContain('f is a file, not a directory');
    expect(await types(step('run: {file: d}'))).toContain('d is a directory, not a file');
    expect(await types(step('files: [{to: /a, template: pipe}]'))).toContain('pipe is a named pipe');
    expect(await types(step('files: [{to: /a, copy: /dev/zero}]'))).toContain('/dev/zero is a device');
    expect(await types(step('run: {script: x, inputs: [pipe]}'))).toContain('pipe is a named pipe');
    expect(await types(user('pipe'))).toContain('pipe is a named pipe');
  });

  it('may be absolute', async () => {
    await dir.write({ f: 'x' });
    const recipe = await dir.loadText(step(`files: [{to: /a, copy: ${join(dir.path, 'f')}}]`));
    expect(recipe.steps).toHaveLength(1);
  });
});

describe('inputs', () => {
  it('have different last names', async () => {
    await dir.write({ 'a/x': '', 'b/x': '' });
    expect((await dir.mistakesIn(step('run: {script: x, inputs: [a/x, b/x]}')))[0]).toMatch(
      /^r\.yml:4:36 recipe\/same-input: Two inputs are named x/,
    );
  });
});

describe('ssh_keys', () => {
  it('are keys, with options too, or files of keys', async () => {
    await dir.write({ 'k.pub': `# mine\n\n${KEY}\nrestrict,from="10.0.0.1" ${KEY}\n` });
    const recipe = await dir.loadText(user(`"${KEY}", 'no-pty ${KEY}', k.pub`));
    expect(recipe.steps).toHaveLength(1);
  });

  it('are never private keys, and the text of one is never told', async () => {
    const secret = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n';
    await dir.write({ id: secret });
    expect((await dir.mistakesIn(user('id')))[0]).toMatch(
      /^r\.yml:4:36 recipe\/private-key: id is a private key/,
    );
    const [inline = ''] = await dir.mistakesIn(user(JSON.stringify(secret)));
    expect(inline).toContain('recipe/private-key: The value is a private key');
    expect(inline).not.toContain('c2VjcmV0');
  });

  it('are not taken for paths when a key is mistyped or there are several in one entry', async () => {
    const wrong = 'r.yml:4:36 recipe/not-a-key: The value has no public key in line 1';
    for (const text of ['ssh-ed25519 AAXX me', `${KEY}\n${KEY}`])
      expect((await dir.mistakesIn(user(JSON.stringify(text))))[0]).toContain(wrong);
  });

  it('are told by the line that is none', async () => {
    await dir.write({ bad: `${KEY}\nnonsense\n`, empty: '# nothing\n' });
    expect((await dir.mistakesIn(user('bad')))[0]).toContain('bad has no public key in line 2');
    expect((await dir.mistakesIn(user('empty')))[0]).toContain('empty has no public key in line 1');
  });
});
