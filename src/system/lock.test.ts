import { mkdtempSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isLocked, lock, tryLock } from './lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a lock is held by one, who is named to the others, until it is let go', async () => {
  const locks = join(directory, 'a/locks');
  {
    using _held = tryLock(locks, 'catalog', 'a build');
    expect(isLocked(locks, 'catalog')).toBe(true);
    await expect(lock(locks, 'catalog', 'another')).rejects.toMatchObject({
      code: 'lock/held',
      message: expect.stringContaining(`a build (process ${process.pid}`) as string,
    });
  }
  expect(isLocked(locks, 'catalog')).toBe(false);
});

test('other users cannot get at the files of locks: who can read one can hold it', () => {
  const locks = join(directory, 'a/locks');
  using _held = tryLock(locks, 'catalog', 'a build');
  expect(statSync(locks).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o777 & ~process.umask());
});
