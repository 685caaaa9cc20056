import { expect, test } from 'vitest';
import { kernelArgument } from './flags.ts';

test('a kernel of the pool may be written as it is listed', () => {
  expect(['vmlinuz-5.14.0-503.el9.x86_64', '5.14.0-503.el9.x86_64'].map(kernelArgument.parse)).toEqual([
    '5.14.0-503.el9.x86_64',
    '5.14.0-503.el9.x86_64',
  ]);
});
