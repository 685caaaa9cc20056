import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patternOf } from './cluster/varying.ts';
import { expandPattern, spread } from './patterns.ts';

const code = (name: string) => expect.objectContaining({ code: name }) as Error;

describe('expandPattern', () => {
  test.each([
    ['52:54:00:00:00:[0e-11]', 4, 16, ['0e', '0f', '10', '11'].map((end) => `52:54:00:00:00:${end}`)],
    ['10.0.1.[9-11]/16', 3, 10, ['10.0.1.9/16', '10.0.1.10/16', '10.0.1.11/16']],
    ['10.0.[1-2].[1-2]', 4, 10, ['10.0.1.1', '10.0.1.2', '10.0.2.1', '10.0.2.2']],
    ['10.0.0.[1,5,7-8]', 4, 10, ['10.0.0.1', '10.0.0.5', '10.0.0.7', '10.0.0.8']],
    ['a[08-10], b1', 4, 10, ['a08', 'a09', 'a10', 'b1']],
    ['525400[00fffe-010001]', 4, 16, ['52540000fffe', '52540000ffff', '525400010000', '525400010001']],
  ] as const)('%s', (pattern, count, radix, elements) => {
    expect(expandPattern(pattern, count, radix)).toEqual(elements);
  });

  test.each([
    ['10.0.1.[1-3]', 4],
    ['10.0.1.[3-1]', 3],
    ['10.0.1.[1-3', 3],
    ['10.0.1.1-3]', 3],
    ['10.0.1.[]', 1],
    ['10.0.1.[1-2],', 3],
    ['10.0.1.[1-0x3]', 3],
    ['[0-999999999].[0-999999999].[0-999999999]', 3],
  ])('%s for %d nodes is refused, at once', (pattern, count) => {
    expect(() => expandPattern(pattern, count, 10)).toThrow(code('node/pattern'));
  });

  test('patterns made from values give the values back', () => {
    // Runs of at least three numbers: few enough for a pattern.
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 3, max: 50 })), {
      minLength: 1,
      maxLength: 5,
    });
    const numbers = runs.map((all) =>
      all.flatMap(([first, length], run) => Array.from({ length }, (_, i) => [run, first + i] as const)),
    );
    const hex = (n: number) => n.toString(16).padStart(2, '0');
    const check = (values: string[], radix: 10 | 16) =>
      expect(expandPattern(patternOf(values) ?? '', values.length, radix)).toEqual(values);
    fc.assert(
      fc.property(numbers, (all) => {
        check(
          all.map(([run, number]) => `10.0.${run}.${number}`),
          10,
        );
        check(
          all.map(([run, number]) => `52:54:00:00:${hex(run)}:${hex(number)}`),
          16,
        );
      }),
    );
    expect(patternOf(['10.0.0.1', '10.0.0.7', '10.0.0.3', '10.0.0.9'])).toBeUndefined();
    expect(patternOf(['bmc01', 'bmc02'])).toBeUndefined();
  });
});

describe('spread', () => {
  test('gives each node its element, and leaves the rest alone', () => {
    const document = {
      macs: ['52:54:00:00:00:[01-02]', '52:54:00:00:01:[01-02]'],
      address: '10.0.0.[1-2]',
      interfaces: {
        eth0: { address: 'fd00::[f-10]/64', mac: '52:54:00:00:02:[01-02]', mtu: 9000 },
        eth1: null,
      },
      bmc: { address: 'bmc[1-2]', port: 623 },
      image: 'a',
    };
    const kept = structuredClone(document);
    const each = spread(document, 2);
    expect(each(1)).toEqual({
      macs: ['52:54:00:00:00:02', '52:54:00:00:01:02'],
      address: '10.0.0.2',
      interfaces: { eth0: { address: 'fd00::10/64', mac: '52:54:00:00:02:02', mtu: 9000 }, eth1: null },
      bmc: { address: 'bmc2', port: 623 },
      image: 'a',
    });
    expect(each(0)).toMatchObject({ address: '10.0.0.1', interfaces: { eth0: { address: 'fd00::f/64' } } });
    expect(document).toEqual(kept);
  });

  test('what must be unique needs a pattern for several nodes', () => {
    for (const one of [
      { macs: ['52:54:00:00:00:01'] },
      { address: '10.0.0.1' },
      { interfaces: { eth0: { address: '10.0.0.1/8' } } },
    ])
      expect(() => spread(one, 2)).toThrow(code('node/one-only'));
    expect(spread({ bmc: { address: 'chassis' } }, 2)(1)).toEqual({ bmc: { address: 'chassis' } });
    expect(spread({ address: '10.0.0.1' }, 1)(0)).toEqual({ address: '10.0.0.1' });
  });
});
