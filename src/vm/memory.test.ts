import { expect, it } from 'vitest';
import { memoryMiB } from './memory.ts';

it.each([
  ['768M', 768],
  ['768MiB', 768],
  ['2G', 2048],
  ['2g', 2048],
  ['512', 512],
  [1024, 1024],
])('%s is %d MiB', (text, mib) => expect(memoryMiB(text)).toBe(mib));

it.each(['', 'much', '-1G', '1.5G', '10K', '0', '2G,maxmem=9G', ' 2G', '63'])('%j is refused', (text) => {
  expect(() => memoryMiB(text)).toThrow(expect.objectContaining({ code: 'vm/memory' }));
});
