import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { command, echo, ipxeWord, plainText, script, unwritable, verbatim } from './ipxe.ts';

/** iPXE's reader, after src/core/exec.c: the commands of a script as it would run them. */
function read(text: string, settings: Record<string, string> = {}): string[][] {
  const commands: string[][] = [];
  for (const line of text.split('\n')) {
    let words: string[] = [];
    const all = line.split(/[ \t\r\v\f]+/).filter((word) => word !== '');
    for (const word of all) {
      if (word.startsWith('#')) break;
      if (['||', '&&', ';'].includes(word)) {
        commands.push(words);
        words = [];
      } else words.push(expand(word, settings));
    }
    if (words.length > 0) commands.push(words);
  }
  return commands;
}

function expand(word: string, settings: Record<string, string>): string {
  for (;;) {
    // The innermost one first: the last `${` before the first `}` after it.
    const found = /\$\{((?:(?!\$\{)[^}])*)\}/.exec(word);
    if (!found) return word;
    word =
      word.slice(0, found.index) +
      (settings[found[1] ?? ''] ?? '') +
      word.slice(found.index + found[0].length);
  }
}

const nasty = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('$', '{', '}', '#', '|', '&', ';', ' ', '\n', '\r', '\0', 'a', '/', '"', '\\', ':'),
  }),
);

test('a word is read back exactly as it was, or refused', () => {
  fc.assert(
    fc.property(fc.array(nasty, { minLength: 1 }), (words) => {
      if (words.some((word) => unwritable(word)))
        expect(() => command('set', ...words)).toThrow(/iPXE cannot/);
      else expect(read(command('set', ...words), { a: 'INJECTED' })).toEqual([['set', ...words]]);
    }),
    { numRuns: 2000 },
  );
});

test('printable words without a meaning of their own are all accepted', () => {
  const harmless = fc.string({
    unit: fc.constantFrom(...'abzAZ09=,.:/-_+@%$"\'\\[]()<>*?!~^|&;}'.split('')),
    minLength: 1,
  });
  fc.assert(
    fc.property(harmless, (word) => {
      fc.pre(!['||', '&&', ';'].includes(word));
      expect(ipxeWord(word)).toBe(word);
    }),
  );
});

test('free text in comments and echo never starts a command or expands', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const commands = read(script(`# ${plainText(text)}`, echo(text), 'exit'), { a: 'INJECTED' });
      expect(commands.map((words) => words[0])).toEqual(['echo', 'exit']);
      expect(commands.flat().join(' ')).not.toContain('INJECTED');
    }),
    { numRuns: 2000 },
  );
});

test('operators and settings come only from our own text', () => {
  expect(command('chain', 'http://a/b', verbatim('|| goto again'))).toBe('chain http://a/b || goto again');
  for (const bad of ['${net0/mac}', 'x${', '||', ';', '#x', 'a b', 'a\nb', '', 'é', '\0'])
    expect(() => ipxeWord(bad), bad).toThrow(/iPXE cannot/);
});
