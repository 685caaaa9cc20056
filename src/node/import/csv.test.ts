import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { documents, mistakes, notices, reading } from '../../../test/support/importing.ts';
import { readCsv } from './csv-reader.ts';

test('tables: separators, quotes, other words for columns, tags and variables', () => {
  const text = `Hostname;MAC address;IP;Groups;profile;Image;mode;Kernel args;arch;tag.rack;var.quota;IPMI password;Price;comment\r
N1.lab.example;52-54-00-00-00-01, 52:54:00:00:00:11;10.0.0.1;compute gpu;default,big;Compute:7;RAM;quiet "dyndbg=a" console=ttyS0;x86_64;r1;7;geheim;5;"says ""hi"";
and more"\r
\r
# n9;;;\r
n2;;;;;;;;;;;;;\r
`;
  const read = reading(text);
  expect(read.sources[0]?.format).toBe('csv');
  expect(documents(read)).toEqual({
    profiles: { default: {}, big: {} },
    groups: { compute: {}, gpu: {} },
    nodes: {
      n1: {
        macs: ['52:54:00:00:00:01', '52:54:00:00:00:11'],
        address: '10.0.0.1',
        groups: ['compute', 'gpu'],
        profiles: ['default', 'big'],
        image: 'compute:7',
        mode: 'ram',
        arguments: ['quiet', 'dyndbg=a', 'console=ttyS0'],
        architecture: 'amd64',
        tags: { rack: 'r1' },
        variables: { domain: 'lab.example', quota: '7' },
      },
      n2: {},
    },
  });
  expect(notices(read)).toEqual([
    'column "IPMI password" (a secret): n1',
    'column Price: n1',
    'no MAC address: n2 (the node cannot boot until it has one)',
    expect.stringMatching(/^tags\.comment: n1 \(must not have/),
  ]);
  expect(JSON.stringify(read)).not.toContain('geheim');
});

test('commas and tabs', () => {
  const expected = { n1: { macs: ['52:54:00:00:00:01'], address: '10.0.0.1' } };
  expect(documents(reading('\ufeffname,mac,ip\nn1,52:54:00:00:00:01,10.0.0.1'.slice(1)))['nodes']).toEqual(
    expected,
  );
  expect(documents(reading('#name\tmac\tip\nn1\t525400000001\t10.0.0.1\n'))['nodes']).toEqual(expected);
});

test('mistakes have line and column', () => {
  expect(
    mistakes('name,mac\nn1,zz\nn1,\n,52:54:00:00:00:01\nn2,,5\n').map((line) => line.slice(0, 50)),
  ).toEqual([
    '2:4 import/value n1: mac: "zz" is not a MAC addres',
    '3:1 import/twice The name n1 is there twice: for n',
    '4:1 import/syntax Not valid in the format csv: the',
    '5:5 import/syntax Not valid in the format csv: the',
  ]);
  expect(mistakes('a,b\n1,2\n', { format: 'csv' })[0]).toContain('the header has no column name');
  expect(mistakes('name,mac\nn1,"52\n', { format: 'csv' })).toEqual([
    '2:4 import/syntax Not valid in the format csv: the quote is not closed',
  ]);
});

test('what is written as CSV is read as it was', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'ä', '\t') });
  const row = fc
    .array(cell, { minLength: 1, maxLength: 4 })
    .filter((cells) => cells.some((text) => text !== ''));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), fc.constantFrom(',', ';', '\t'), (rows, separator) => {
      const text = rows
        .map((cells) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(separator))
        .join('\r\n');
      const wrong: string[] = [];
      const read = [...readCsv(text, separator, (problem) => wrong.push(problem))];
      expect(wrong).toEqual([]);
      expect(read.map((cells) => cells.map((one) => one.text))).toEqual(rows);
      for (const { text: one, at } of read.flat()) {
        const line = text.split('\n')[at.line - 1] ?? '';
        expect(line[at.column - 1]).toBe('"');
        expect(one).toBeTypeOf('string');
      }
    }),
  );
});
