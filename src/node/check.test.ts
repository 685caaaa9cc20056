import { expect, test } from 'vitest';
import { checkDocument } from './check.ts';

const said = (document: unknown): string => {
  try {
    checkDocument('node', 'n1', document);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

test('a wrong key is told with what is wrong with it, on one line', () => {
  const content = { content: 'sha256:0' };
  expect(said({ files: { 'etc/x': content } })).toMatch(/^node n1: files: "etc\/x" must be an absolute path/);
  expect(said({ files: { '/etc/../x': content } })).toBe(
    'node n1: files: "/etc/../x" must not have . or .. in it',
  );
  expect(said({ files: { '/etc/a\nb': content } })).toMatch(
    /^node n1: files: "\/etc\/a\\nb" must be [^\n]+$/,
  );
  expect(said({ tags: { 'a b': 'x' } })).toMatch(/^node n1: tags: "a b" must be a name/);
});

test('a wrong value is told with its path', () => {
  expect(said({ interfaces: { eth0: { mtu: 'x' } } })).toMatch(/^node n1: interfaces\.eth0\.mtu: /);
});
