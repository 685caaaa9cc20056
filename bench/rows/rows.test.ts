import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nginxConfig } from '../rivals/nginx.ts';
import { CHECKOUT, EXAMPLE } from '../rivals/slipway.ts';
import { wantedBy } from '../rivals/wanted.ts';
import { heldOf, passed, secondsOf } from './boot.ts';
import { askedOf } from './roots.ts';
import { countedRate } from './serve.ts';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'slipway-bench-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('what others print', () => {
  test('wrk’s count is a rate, and errors are no result', () => {
    expect(countedRate('Running 1s test\ncounted 3000000 1500000 0\n')).toBe(2_000_000);
    expect(() => countedRate('counted 3000000 1500000 2\n')).toThrow('2 errors');
    expect(() => countedRate('unable to connect')).toThrow('counted nothing');
  });

  test('a node tells what it asked of its NFS server', () => {
    const line = '  30.0 s  test: check 0 asked 4711 90123456';
    expect(askedOf([{ event: 'output', id: 't1', line }])).toEqual({ calls: 4711, bytes: 90_123_456 });
    expect(() => askedOf([])).toThrow('did not tell');
  });

  test('a boot test tells its time and what the root holds; a failed one is no result', () => {
    const lines = (result: string) =>
      [
        { event: 'output', id: 't1', line: '  42.1 s  test: check 0 held 73957376 6406144' },
        {
          event: 'tested',
          result,
          stages: [
            { name: 'check', seconds: 42.1 },
            { name: 'ready', seconds: 42.7 },
          ],
          console: '',
          reason: 'why',
        },
      ]
        .map((event) => `${JSON.stringify(event)}\n`)
        .join('');
    const events = passed(lines('pass'));
    expect([secondsOf(events), heldOf(events)]).toEqual([42.7, 73957376 + 6406144]);
    expect(() => passed(lines('fail'))).toThrow('did not boot: why');
  });
});

test('the example’s packages, kernel and exclusions are what the others get', async () => {
  const wanted = await wantedBy(EXAMPLE);
  expect(wanted).toMatchObject({ name: 'debian-minimal', suite: 'bookworm', variant: 'minbase' });
  expect(wanted.packages).toContain('openssh-server');
  expect(wanted.packages).toContain('linux-image-cloud-amd64');
  expect(wanted.exclude).toContain('/usr/share/doc/*');
});

test('nginx reads paths with blanks and quotes as they are', () => {
  const text = nginxConfig({ directory: '/a b', files: '/c"d', port: 1 });
  expect(text).toContain('root "/c\\"d";');
  expect(text).toContain('pid "/a b/pid";');
});

describe('the program', () => {
  const bench = (...args: string[]) =>
    execFileSync(process.execPath, [join(CHECKOUT, 'bench/run.ts'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, SLIPWAY_ROOT: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  test('runs one row, writes JSON, and leaves nothing', () => {
    const { quick, figures } = JSON.parse(bench('start', '--quick', '--json', '-')) as {
      quick: boolean;
      figures: Record<string, unknown>[];
    };
    expect(quick).toBe(true);
    expect(figures.map((figure) => figure['unit'])).toEqual(['seconds', 'bytes']);
    for (const figure of figures) expect((figure['result'] as { value: number }).value).toBeGreaterThan(0);
    expect(readdirSync(join(directory, 'var/lib/slipway/work'))).toEqual(['locks']);
  });

  test('removes what a killed run left', () => {
    bench('start', '--quick');
    writeFileSync(join(directory, 'var/lib/slipway/work/bench-left'), '');
    bench('start', '--quick');
    expect(readdirSync(join(directory, 'var/lib/slipway/work'))).toEqual(['locks']);
  });

  test('refuses unknown rows and documentation of half a bench', () => {
    for (const args of [
      ['nonsense'],
      ['start', '--docs', 'x.md'],
      ['--quick', '--docs', 'x.md'],
      ['--rounds', '0'],
    ])
      expect(() => bench(...args), args.join(' ')).toThrow(expect.objectContaining({ status: 2 }) as Error);
  });
});
