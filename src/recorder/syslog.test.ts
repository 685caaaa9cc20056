import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LINE_LIMIT } from '../boot/node-log.ts';
import { readDatagram } from './syslog.ts';

const read = (text: string) => readDatagram(Buffer.from(text));

test.each([
  ['<30>Nov 21 07:19:39 n1 slipway: layer 1/3', 'syslog', ['slipway: layer 1/3']],
  ['<30>Nov  1 07:19:39 slipway: layer 1/3', 'syslog', ['slipway: layer 1/3']],
  ['<14>slipway: hello', 'syslog', ['slipway: hello']],
  [
    '<165>1 2026-05-01T10:00:00.003Z n1 ipxe 17 ID47 [x@1 a="b\\]"][y@2] Loading',
    'syslog',
    ['ipxe: Loading'],
  ],
  ['<165>1 - - - - - - \ufeffwords', 'syslog', ['words']],
  ['[    1.23] Kernel panic - not syncing: x\n', 'netconsole', ['[    1.23] Kernel panic - not syncing: x']],
  ['6,416,1758426,-;eth0: link up\n', 'netconsole', ['eth0: link up']],
  ['a\r\nb\n\nc', 'netconsole', ['a', 'b', 'c']],
  ['', 'netconsole', []],
])('%j', (text, source, lines) => expect(read(text)).toEqual({ source, lines }));

test('garbage: lines that no terminal obeys, few and short', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
      const { lines } = readDatagram(bytes);
      expect(lines.length).toBeLessThanOrEqual(20);
      for (const line of lines) {
        expect(line).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(LINE_LIMIT);
      }
    }),
  );
  expect(read('<30>\u001b]0;owned\u0007\u001b[2J\u009b31m').lines).toEqual([
    '\ufffd]0;owned\ufffd\ufffd[2J\ufffd31m',
  ]);
  expect(read('x\n'.repeat(2000)).lines).toHaveLength(20);
  const slow = performance.now();
  for (const one of [
    '<1>1 ' + '['.repeat(60_000),
    `<1>1 - - - - - ${'[a'.repeat(30_000)}`,
    `<1>${'a '.repeat(30_000)}`,
  ])
    readDatagram(Buffer.from(one));
  expect(performance.now() - slow).toBeLessThan(2000);
});
