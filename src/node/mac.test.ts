import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizeMac } from './mac.ts';

test.each(['52:54:00:AB:cd:ef', '52-54-00-ab-cd-ef', '5254.00ab.cdef', '525400ABCDEF'])('%s', (mac) =>
  expect(normalizeMac(mac)).toBe('52:54:00:ab:cd:ef'),
);

test.each([
  '',
  '52:54:00:ab:cd',
  '52:54:00:ab:cd:ef:00',
  '52:54-00:ab:cd:ef',
  '52:54:00:ab:cd:eg',
  ' 52:54:00:ab:cd:ef',
  '52:54:00:ab:cd:ef\n',
  '00:00:00:00:00:00',
  'ff:ff:ff:ff:ff:ff',
  '01:00:5e:00:00:01',
  '${net0/mac}',
])('refuses %j', (mac) =>
  expect(() => normalizeMac(mac)).toThrow(expect.objectContaining({ code: 'node/bad-mac' })),
);

test('whatever comes in, what comes out has the one form and stays as it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF:-.'.split('')) })),
      (text) => {
        let mac: string;
        try {
          mac = normalizeMac(text);
        } catch {
          return;
        }
        expect(mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
        expect(normalizeMac(mac)).toBe(mac);
      },
    ),
  );
});
