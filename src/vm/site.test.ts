import { expect, test } from 'vitest';
import type { Publication } from '../image/publications.ts';
import { TREES } from './site.ts';

const words = (mode: string, options: Publication['options']) => {
  const one: Publication = {
    mode,
    image: `sha256:${'0'.repeat(64)}`,
    created: '',
    blobs: {},
    options,
    key: '',
  };
  return TREES['readonly']?.('compute:3', 'test', { published: [one] });
};
const plain = [['publish', 'compute:3', '--mode', 'readonly']];

test('a shared tree is tested as it is published, but without disks and other servers', () => {
  const asked = { writable: 'tables', state: 'nfs', to: 'nfs1:/srv', bytes: 5 };
  expect(words('readonly', asked)).toEqual([[...plain.flat(), '--writable', 'tables', '--state', 'nfs']]);
  expect(words('readonly', { state: 'local' })).toEqual(plain);
  expect(words('nfs', asked)).toEqual(plain);
  expect(TREES['readonly']?.('compute:3', 'test', {})).toEqual(plain);
});
