import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPublicKey, readKey } from './rpm-key.ts';

let directory: string;
const made = {} as Record<'armored' | 'curve' | 'binary' | 'secret', Buffer>;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-key-'));
  const gpg = (...words: string[]) =>
    execFileSync('gpg', ['--batch', '--quiet', '--homedir', directory, ...words], { maxBuffer: 1 << 20 });
  for (const algorithm of ['rsa2048', 'ed25519'])
    gpg('--passphrase', '', '--quick-gen-key', `${algorithm} <${algorithm}@example.test>`, algorithm, 'sign', 'never'); // prettier-ignore
  made.armored = gpg('--armor', '--export', 'rsa2048@example.test');
  made.curve = gpg('--armor', '--export', 'ed25519@example.test');
  made.binary = gpg('--export', 'rsa2048@example.test');
  made.secret = gpg('--armor', '--export-secret-keys', 'rsa2048@example.test');
});
afterAll(() => {
  execFileSync('gpgconf', ['--homedir', directory, '--kill', 'all']);
  rmSync(directory, { recursive: true });
});

test('keys as gpg exports them, one or several, with text around', () => {
  const { armored, curve, binary } = made;
  for (const key of [armored, curve, binary]) expect(isPublicKey(key)).toBe(true);
  expect(isPublicKey(Buffer.from(`The key of us\n\n${armored.toString()}\n${curve.toString()}`))).toBe(true);
  expect(isPublicKey(Buffer.from(String(armored).replaceAll('\n', '\r\n')))).toBe(true);
});

test('what is none: pages, secret keys, halves, nothing', () => {
  const { armored, binary, secret } = made;
  const half = String(armored).split('\n').slice(0, 5).join('\n');
  const emptied = String(armored).replace(/\n\n[\s\S]*\n-/, '\n\nAAAA\n-');
  for (const other of ['', '<html>not found</html>', 'ssh-ed25519 AAAA', half, emptied, secret, binary.subarray(0, 100)])
    expect(isPublicKey(Buffer.from(other))).toBe(false); // prettier-ignore
});

test('a key that cannot be read is named with its repository', async () => {
  const file = join(directory, 'page');
  writeFileSync(file, '<html>');
  const where = { file: 'a.yml', line: 3, column: 5 };
  await expect(readKey(file, 'base', 'page', where)).rejects.toMatchObject({ code: 'repository/not-a-gpgkey', where });
  await expect(readKey(join(directory, 'gone'), 'base', 'gone', where)).rejects.toThrow(/gpgkey gone of repository base cannot be read: it does not exist/);
  await expect(readKey(directory, 'base', '.', where)).rejects.toThrow(/it is not a file/);
  writeFileSync(file, made.armored);
  expect(await readKey(file, 'base', 'page')).toEqual(readFileSync(file));
}); // prettier-ignore
