import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shown, unshown } from './tree-files.ts';

test('what is shown of a path stands for its bytes, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (raw) => {
      const path = Buffer.from(raw).toString('latin1');
      expect(unshown(shown(path))).toBe(path);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      const path = Buffer.from(text).toString('latin1');
      expect(unshown(shown(path))).toBe(path);
    }),
  );
  expect(shown(Buffer.from('/ä b\\\n').toString('latin1'))).toBe('/ä b\\x5c\\x0a');
});
