import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { SlipwayError } from './errors.ts';
import { parseYaml, parseYamlAs, placeOf } from './yaml.ts';

const Schema = z.strictObject({
  name: z.string(),
  size: z.int().min(1).max(9).optional(),
  password: z.string().min(8).optional(),
  list: z.array(z.string()).optional(),
});

function refused(text: string): SlipwayError[] {
  try {
    parseYamlAs(Schema, text, 'f.yml');
  } catch (error) {
    if (error instanceof SlipwayError) return [error, ...error.also];
    throw error;
  }
  throw new Error('nothing was refused');
}
const lines = (text: string) =>
  refused(text).map(
    ({ where, message, todo }) => `${where?.line}:${where?.column} ${message} | ${todo.split(' in docs')[0]}`,
  );

describe('rules over several keys', () => {
  const Rule = z
    .strictObject({ script: z.string().optional(), file: z.string().optional() })
    .refine((run) => (run.script === undefined) !== (run.file === undefined), {
      error: 'needs script or file',
    });
  const said = (schema: z.ZodType, text: string) => {
    try {
      parseYamlAs(schema, text, 'f.yml');
      return [];
    } catch (error) {
      const first = error as SlipwayError;
      return [first, ...first.also].map((e) => e.message);
    }
  };

  it('hold', () => {
    expect(said(Rule, '{}')).toEqual(['the document: needs script or file']);
    expect(said(Rule, '{script: a, file: b}')).toEqual(['the document: needs script or file']);
    expect(said(Rule, '{script: a}')).toEqual([]);
  });

  it('are silent where a mistyped key is why they fail, also in a union', () => {
    expect(said(Rule, '{scrpt: a}')).toEqual(['Unknown key "scrpt"']);
    expect(said(z.union([z.string(), Rule]), '{scrpt: a}')).toEqual(['Unknown key "scrpt"']);
  });
});

describe('parseYamlAs', () => {
  it('gives the value, and takes an empty file for an empty map', () => {
    expect(parseYamlAs(Schema, 'name: a\nlist: [b]\n', 'f.yml')).toEqual({ name: 'a', list: ['b'] });
    expect(lines('')).toEqual(['1:1 name: is required (text) | See the reference of its keys']);
  });

  it('tells all mistakes in the words of the file', () => {
    expect(lines('name: 007\nsize: 12\nlsit: []\nlist: a\n')).toEqual([
      '1:7 name: must be text, not 7 | Put it in quotes: "007".',
      '2:7 size: must be at most 9, not 12 | See the reference of its keys',
      '3:1 Unknown key "lsit" | Did you mean "list"?',
      '4:7 list: must be a list, not "a" | Write a list: [a]',
    ]);
  });

  it('never tells a secret', () => {
    for (const text of [
      'name: a\npassword: hunt\n',
      'name: a\npassword: 12345\n',
      'name: a\npassword: [hunt]\n',
    ])
      expect(JSON.stringify(refused(text).map((e) => [e.message, e.why, e.todo]))).not.toMatch(/hunt|12345/);
  });

  it('tells at most 100', () => {
    const text = Array.from({ length: 500 }, (_, i) => `k${i}: 1\n`).join('');
    expect(refused(text)).toHaveLength(100);
    expect(refused('}\n'.repeat(500)).length).toBeLessThanOrEqual(100);
  });
});

describe('placeOf', () => {
  const source = parseYaml('a:\n  - x\n  - {b: 1}\nc:\n', 'f.yml');
  it.each([
    [['a', 1, 'b'], false, 3, 9],
    [['a', 1, 'b'], true, 3, 6],
    [['a', 9], false, 2, 3],
    [['nowhere'], false, 1, 1],
    [[], false, 1, 1],
  ])('%j (key: %s) is at %i:%i', (path, key, line, column) => {
    expect(placeOf(source, path, key)).toEqual({ file: 'f.yml', line, column });
  });
});

describe('parseYaml', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(parseYaml(stringify(value), 'f').value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('refuses any text with an error of ours, or reads it', () => {
    const noise = fc.array(fc.constantFrom('a', ':', ' ', '\n', '-', '[', '{', '&x', '*x', '"', '!', '%', '|', '<<', '?', '\t', '\0'), { maxLength: 30 }); // prettier-ignore
    fc.assert(
      fc.property(noise, (parts) => {
        try {
          parseYaml(parts.join(''), 'f');
        } catch (error) {
          expect(error).toHaveProperty('code', 'yaml/syntax');
        }
      }),
      { numRuns: 500 },
    );
  });
});
