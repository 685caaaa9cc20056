import { expect, test } from 'vitest';
import { parseSize } from './size.ts';

test('takes sizes as disklessset does, and half a gigabyte too', () => {
  expect(['1500', '1500M', '1.5G', '0.5G'].map(parseSize)).toEqual(
    [1500, 1500, 1536, 512].map((m) => m * 2 ** 20),
  );
});

test.each(["5'5G", '-1', '1e3', '', 'M', '1K', '1.G', ' 1', '1\n', '٣'])('refuses %j', (text) => {
  expect(parseSize(text)).toBeUndefined();
});
