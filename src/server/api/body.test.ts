import { expect, test } from 'vitest';
import { parseBody } from './body.ts';

test.each([
  ['brackets in strings', JSON.stringify({ a: '['.repeat(100), '\\': '"[{'.repeat(100), b: '\\' })],
  ['as deep as may be', `${'['.repeat(40)}${']'.repeat(40)}`],
  ['many beside each other', `[${'[],'.repeat(1000)}[]]`],
  ['a long string', JSON.stringify({ a: 'a"\\'.repeat(4 << 20) })],
])('%s', (_, text) => {
  expect(JSON.stringify(parseBody(text)) === text).toBe(true);
});

test.each([
  ['too deep', `${'['.repeat(41)}${']'.repeat(41)}`, 'too deep'],
  ['too deep behind strings', `["\\"]",${'{"a":'.repeat(41)}1${'}'.repeat(41)}]`, 'too deep'],
  // Each of these would have been looked at from each of its quotes: hours.
  ['a string that does not end', `{"${'\\"'.repeat(2 << 20)}`, 'not JSON'],
  ['only backslashes', `"${'\\'.repeat((2 << 20) + 1)}`, 'not JSON'],
])('%s', (_, text, reason) => {
  expect(() => parseBody(text)).toThrow(expect.objectContaining({ code: 'api/bad-request' }));
  expect(() => parseBody(text)).toThrow(reason);
});
