import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsoleWatcher, type Finding } from './console.ts';

function watch(...chunks: (string | Uint8Array)[]): { lines: string[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const watcher = new ConsoleWatcher((finding) => findings.push(finding));
  for (const chunk of chunks) watcher.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  watcher.end();
  return { lines: watcher.lines(), findings };
}

describe('findings', () => {
  const cases: [string, Partial<Finding>][] = [
    [
      'slipway: trap: memory needs 900 MiB',
      { kind: 'trap', final: true, code: 'memory', message: 'needs 900 MiB' },
    ],
    ['[   12.3] slipway: trap: net-nonic no interface', { kind: 'trap', code: 'net-nonic' }],
    ['slipway: ready after 31.2 s', { kind: 'ready', final: false }],
    [
      '[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs',
      { kind: 'panic', final: true, message: 'Kernel panic - not syncing: VFS: Unable to mount root fs' },
    ],
    [
      'You are in emergency mode. After logging in, type "journalctl -xb"',
      { kind: 'emergency', final: true },
    ],
    ['Entering emergency mode. Exit the shell to continue.', { kind: 'emergency', final: true }],
    ['No bootable device.', { kind: 'no-boot-device', final: true }],
    ['BdsDxe: No bootable option or device was found.', { kind: 'no-boot-device', final: true }],
    [
      'http://198.18.87.1/boot... Connection timed out (https://ipxe.org/4c0a6092)',
      {
        kind: 'ipxe',
        final: false,
        code: '4c0a6092',
        message: 'http://198.18.87.1/boot... Connection timed out',
      },
    ],
  ];
  it.each(cases)('%s', (line, expected) => {
    expect(watch(`before\r\n${line}\r\nafter\r\n`).findings).toEqual([expect.objectContaining(expected)]);
  });

  it('makes nothing of other lines', () => {
    const text =
      'BdsDxe: failed to load Boot0001\r\nslipway: checking layer 1/2\r\nipxe.org -- Open Source\r\n';
    expect(watch(text).findings).toEqual([]);
  });

  it('sees a last line without an end', () => {
    expect(watch('slipway: trap: init none').findings).toHaveLength(1);
  });
});

describe('lines', () => {
  it('strips colours, titles, charsets and what was overwritten', () => {
    const text =
      '\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS\r\n\x1b[32m[  OK  ]\x1b[0m up\x1b[K\r\n' +
      '\x1b]0;title\x07A\x1b(BB\r\n 10 %\r 55 %\r100 % done\r\n\r\n\x00\x07end\n';
    expect(watch(text).lines).toEqual(['SeaBIOS', '[  OK  ] up', 'AB', '100 % done', 'end']);
  });

  it('takes positioning of the cursor for a line end, as UEFI firmware needs', () => {
    expect(watch('\x1b[01;01HBdsDxe: loading\x1b[02;01HBoot0001').lines).toEqual([
      'BdsDxe: loading',
      'Boot0001',
    ]);
  });

  it('is not swallowed by a control string that never ends', () => {
    expect(watch('\x1b]0;title\r\nslipway: trap: mount x\r\n').findings).toHaveLength(1);
  });

  it('keeps the last ones, of bounded length', () => {
    const { lines } = watch(...Array.from({ length: 5000 }, (_, i) => `line ${i}\n`), 'x'.repeat(100_000));
    expect(lines.length).toBeLessThanOrEqual(61);
    expect(lines.reduce((sum, line) => sum + line.length, 0)).toBeLessThan(61 * 2001);
    expect(watch(...Array.from({ length: 70 }, (_, i) => `line ${i}\n`)).lines.at(-1)).toBe('line 69');
  });
});

describe('properties', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      '\x1b',
      '\x1b[',
      '\x1b[1;31m',
      '\x1b]2;',
      '\x07',
      '\r',
      '\n',
      '\r\n',
      'é€𝄞',
      'slipway: trap: mount x',
      'slipway: ready',
    ),
  );
  const bytes = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((parts) => new Uint8Array(Buffer.from(parts.join('')))),
    fc.uint8Array({ maxLength: 300 }),
  );

  it('does not depend on how the bytes are cut', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(400), { maxLength: 20 }), (all, cuts) => {
        const at = [0, ...cuts.filter((cut) => cut < all.length).toSorted((a, b) => a - b), all.length];
        const chunks = at.slice(1).map((end, i) => all.subarray(at[i], end));
        expect(watch(...chunks)).toEqual(watch(all));
      }),
      { numRuns: 500 },
    );
  });

  it('never keeps a control character', () => {
    fc.assert(
      fc.property(bytes, (all) => {
        // eslint-disable-next-line no-control-regex
        expect(watch(all).lines.join('')).not.toMatch(/[\x00-\x08\x0a-\x1f]/);
      }),
      { numRuns: 500 },
    );
  });

  it('sees a line of its own whatever stands before it', () => {
    fc.assert(
      fc.property(bytes, (all) => {
        const { findings } = watch(all, '\x1b\\\x18\n\nslipway: trap: layer-corrupt blob\n');
        expect(findings.at(-1)).toMatchObject({ kind: 'trap', code: 'layer-corrupt' });
      }),
      { numRuns: 500 },
    );
  });
});
