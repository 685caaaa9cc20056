import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../system/process.ts';
import { hostKeysOf, knownHosts, namesOf } from './hostkeys.ts';
import { deriveHostKey, HOST_KEY_TYPES } from './openssh.ts';

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), 'slipway-keys-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const seed = (byte: number) => Buffer.alloc(32, byte);

describe.each(HOST_KEY_TYPES)('%s', (type) => {
  it('is a key file that ssh-keygen understands, of the public key that we tell', async () => {
    // Several, so that numbers with leading zeros and high bits come by.
    for (const label of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      const key = deriveHostKey(seed(1), type, label, `host ${label}`);
      const file = join(directory, `${type}-${label}`);
      writeFileSync(file, key.private, { mode: 0o600 });
      const { stdout } = await run(['ssh-keygen', '-y', '-P', '', '-f', file]);
      expect(stdout.trim()).toBe(`${key.algorithm} ${key.public} host ${label}`);
      // It can sign: private and public part belong together.
      await run(['ssh-keygen', '-Y', 'sign', '-n', 'test', '-f', file], { input: 'hello' });
    }
  }, 60_000);

  it('is the same for the same seed and label, and for others another', () => {
    const key = (byte: number, label: string) => deriveHostKey(seed(byte), type, label, '').public;
    expect(key(1, 'a')).toBe(key(1, 'a'));
    expect(new Set([key(1, 'a'), key(1, 'b'), key(2, 'a')]).size).toBe(3);
  });
});

it('host keys belong to the id of a node: a node of the same name that was added anew gets others', () => {
  const one = hostKeysOf(seed(1), { id: 'id1', name: 'n1' });
  expect(one.map((key) => key.type)).toEqual(['ed25519', 'ecdsa']);
  expect(hostKeysOf(seed(1), { id: 'id1', name: 'renamed' })[0]?.public).toBe(one[0]?.public);
  expect(hostKeysOf(seed(1), { id: 'id2', name: 'n1' })[0]?.public).not.toBe(one[0]?.public);
});

it('lines for known_hosts', async () => {
  const node = {
    id: 'x',
    name: 'n1',
    address: '10.0.0.1',
    interfaces: { a: { address: '10.0.0.1/8' }, b: { address: 'fd00:0::1/64' }, c: {} },
  };
  const lines = knownHosts(seed(1), node, namesOf(node));
  expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'n1,10.0.0.1,fd00::1 ssh-ed25519',
    'n1,10.0.0.1,fd00::1 ecdsa-sha2-nistp256',
  ]);
  const file = join(directory, 'known_hosts');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { stdout } = await run(['ssh-keygen', '-F', 'n1', '-f', file]);
  expect(stdout).toContain(lines[1]?.split(' ')[2]);
});
