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

test('values for templates are what JSON can say, and not too deep', () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? 1 : levels % 2 ? [deep(levels - 1)] : { a: deep(levels - 1) };
  const fine = { variables: { a: deep(20), b: null, c: '', d: [1, true, { x: null }] } };
  expect(checkDocument('node', 'n1', fine)).toEqual(fine);
  const message = 'node n1: variables.a: must not have lists and maps more than 20 levels deep';
  expect(said({ variables: { a: deep(21) } })).toBe(message);
  let bottomless: unknown = 1;
  for (let i = 0; i < 100_000; i++) bottomless = [bottomless];
  expect(said({ variables: { a: bottomless } })).toBe(message);
  const circle: unknown[] = [];
  circle.push(circle);
  expect(said({ variables: { a: circle } })).toBe(message);
  for (const value of [undefined, Infinity, new Date(), 1n, () => 1])
    expect(said({ variables: { a: { b: value } } })).toContain('variables.a: must be what JSON can say');
  expect(said({ variables: { a: JSON.parse('{"__proto__":{}}') as unknown } })).toContain('a key __proto__');
});

test('a wrong value is told with its path', () => {
  expect(said({ interfaces: { eth0: { mtu: 'x' } } })).toMatch(/^node n1: interfaces\.eth0\.mtu: /);
});

test('a reserved address is that of one machine', () => {
  for (const address of ['127.0.0.1', '0.0.0.0', '224.0.0.1', '239.1.1.1', '255.255.255.255', '1.2.3'])
    expect(() => checkDocument('node', 'n1', { address })).toThrow();
  for (const address of ['10.0.0.7', '192.0.2.1', '223.255.0.1', '128.0.0.1'])
    expect(checkDocument('node', 'n1', { address })).toEqual({ address });
});
