import { expect, test } from 'vitest';
import { isBelow, parseMounts, readMounts } from './mountinfo.ts';

test('lines of the kernel, with optional fields and escapes', () => {
  const text = [
    '36 35 98:0 /mnt1 /a\\040b\\134c rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue',
    '91 43 0:41 / /m/x/mnt rw,nodev - overlay slipway:/m\\012x rw,lowerdir=a:b',
    'nonsense',
    '',
  ].join('\n');
  expect(parseMounts(text)).toEqual([
    { path: '/a b\\c', root: '/mnt1', type: 'ext3', source: '/dev/root' },
    { path: '/m/x/mnt', root: '/', type: 'overlay', source: 'slipway:/m\nx' },
  ]);
});

test('this process has a root; one that is gone has nothing', async () => {
  expect((await readMounts()).map(({ path }) => path)).toContain('/');
  expect(await readMounts(2 ** 31)).toEqual([]);
});

test('below means in the same directory, not a name that begins alike', () => {
  expect(isBelow('/a', '/a')).toBe(true);
  expect(isBelow('/a/b', '/a')).toBe(true);
  expect(isBelow('/ab', '/a')).toBe(false);
});
