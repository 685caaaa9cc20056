import { expect, test } from 'vitest';
import { autoSize, fittingSize, leastSize, sizeOf } from './size.ts';

const MIB = 2 ** 20;
const content = { bytes: 300 * MIB, files: 20_000 };

test.each([
  ['1500', 1500],
  ['1500M', 1500],
  ['1.5G', 1536],
  ['0.5G', 512],
  ['100M', 100],
  ['50000M', 50_000],
])('defect 8: the size %s is %i MiB', (text, mib) => {
  expect(sizeOf(text)).toBe(mib * MIB);
});

test.each(["5'5G", '', '-1', '1,5G', '1e3', '1500 M', '1500K', '$(reboot)', '1500M\n'])(
  'defect 8: %j is no size',
  (text) => {
    expect(() => sizeOf(text)).toThrow(expect.objectContaining({ code: 'image/bad-size', exit: 2 }));
  },
);

test.each(['0', '99M', '0.09G', '50001', '49G'])('%s is out of limits', (text) => {
  expect(() => sizeOf(text)).toThrow(expect.objectContaining({ code: 'image/size-limits' }));
});

test('auto leaves 100 MiB, the least 32, and both leave room for inodes', () => {
  expect(sizeOf('auto')).toBe('auto');
  const [auto, least] = [autoSize(content), leastSize(content)];
  expect(auto - least).toBe(68 * MIB);
  expect(auto).toBeGreaterThan(content.bytes + 100 * MIB);
  expect(auto).toBeLessThan(content.bytes * 1.05 + 100 * MIB);
  expect(fittingSize(content, 'auto', 'x')).toBe(auto);
  expect(leastSize({ bytes: 1, files: 1 })).toBe(100 * MIB);
});

test('defect 14: what does not fit is refused with numbers', () => {
  const least = leastSize(content) / MIB;
  expect(fittingSize(content, least * MIB, 'x')).toBe(least * MIB);
  expect(() => fittingSize(content, (least - 1) * MIB, 'compute:7')).toThrow(
    expect.objectContaining({
      code: 'image/too-small',
      message: `compute:7 does not fit into ${least - 1} MiB: it uses 300 MiB, and needs at least ${least} MiB`,
    }),
  );
});
