import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { run } from '../system/process.ts';
import { nodeConf, nodeInitrd } from './node-initrd.ts';

test('the real cpio unpacks configuration, keys and checks, readable by root only', async () => {
  const target = mkdtempSync(join(tmpdir(), 'slipway-initrd-'));
  try {
    const checks = ['#!/bin/sh\ntrue\n', 'systemctl is-active ssh'];
    const archive = nodeInitrd({
      conf: [
        ['node', 'n1'],
        ['server', 'http://a/'],
      ],
      trusted: 'PEM\n',
      checks,
    });
    await run(['cpio', '-i', '--quiet'], { input: archive, cwd: target });
    const at = (name: string) => join(target, 'etc/slipway', name);
    expect(readFileSync(at('node.conf'), 'utf8')).toBe('node n1\nserver http://a/\n');
    expect(readFileSync(at('trusted.pem'), 'utf8')).toBe('PEM\n');
    expect(readFileSync(at('checks/02'), 'utf8')).toBe(checks[1]);
    for (const name of ['node.conf', 'trusted.pem']) expect(statSync(at(name)).mode & 0o777).toBe(0o600);
    for (const name of ['', 'checks', 'checks/01']) expect(statSync(at(name)).mode & 0o777).toBe(0o700);
  } finally {
    await rm(target, { recursive: true });
  }
});

test('no value becomes a second line', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (key, value) => {
      let text: string;
      try {
        text = nodeConf([
          ['first', '1'],
          [key, value],
        ]);
      } catch {
        return;
      }
      expect(text.split('\n')).toEqual(['first 1', `${key} ${value}`, '']);
    }),
  );
  expect(() => nodeConf([['node', 'a\ntoken x']])).toThrow(TypeError);
  expect(() => nodeConf([['node x', 'a']])).toThrow(TypeError);
});
