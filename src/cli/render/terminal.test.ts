import { expect, test } from 'vitest';
import { styleFor } from './style.ts';
import { terminalRenderer } from './terminal.ts';
import { width } from './text.ts';

/** A terminal of so many columns that keeps what stands on it: enough of VT100 for the renderer. */
function fakeTerminal(columns: number, rows = 24) {
  let lines = [''];
  let row = 0;
  const write = (text: string) => {
    // oxlint-disable-next-line no-control-regex
    for (const [part] of text.matchAll(/\x1b\[(\d*)([A-Z])|[\n\r]|[^\x1b\n\r]+/g)) {
      const up = /^\x1b\[(\d+)A$/.exec(part); // oxlint-disable-line no-control-regex
      if (up) row -= Number(up[1]);
      else if (part === '\x1b[J') lines = [...lines.slice(0, row), ''];
      else if (part === '\n') {
        row++;
        lines[row] ??= '';
      } else if (part !== '\r') lines[row] += part;
      expect(row).toBeGreaterThanOrEqual(0);
    }
  };
  return { write, size: () => ({ columns, rows }), screen: () => lines.filter((line) => line !== '') };
}

const plain = styleFor({ isTTY: false, env: { LANG: 'C.UTF-8' } });

test('finished tasks scroll away, running ones stay below with time and progress', () => {
  const terminal = fakeTerminal(81);
  let now = 0;
  const { sink, close } = terminalRenderer(terminal, plain, () => now);
  sink({ event: 'task-started', id: 'a', title: 'source: debian bookworm' });
  sink({ event: 'task-started', id: 'b', title: 'pack layer 1' });
  now = 3200;
  sink({ event: 'task-progress', id: 'b', done: 31 << 20, total: 62 << 20, unit: 'bytes' });
  sink({ event: 'output', id: 'a', line: 'Unpacking \x1b[2Jlibc6\r' });
  sink({ event: 'task-finished', id: 'a', seconds: 3.2, result: 'done', detail: 'miss: changed: packages' });
  const [first, second, ...rest] = terminal.screen();
  expect(first).toBe(`✓ source: debian bookworm  miss: changed: packages${' '.repeat(25)}3.2 s`);
  expect(first).toHaveLength(80);
  expect(second).toMatch(/^› pack layer 1 +━{10}─{10} +50 % {2}31\.0 MiB of 62\.0 MiB {2}3\.2 s$/);
  expect(rest).toEqual([]);
  sink({ event: 'task-finished', id: 'b', seconds: 3.2, result: 'cached' });
  close();
  expect(terminal.screen().map((line) => line.slice(0, 14).trim())).toEqual([
    first?.slice(0, 14).trim(),
    '✓ pack layer 1',
  ]);
  expect(terminal.screen()[1]).toMatch(/ cached$/);
});

test('no line is wider than the terminal, and never more lines than rows', () => {
  const terminal = fakeTerminal(30, 6);
  const { sink, close } = terminalRenderer(terminal, plain, () => 0);
  for (let i = 0; i < 9; i++) {
    sink({
      event: 'task-started',
      id: `${i}`,
      title: `a very long title of a step, number ${i}, 日本語日本語`,
    });
    sink({ event: 'output', id: `${i}`, line: 'x'.repeat(200) });
    sink({ event: 'task-progress', id: `${i}`, done: 1, total: 2, unit: 'items' });
  }
  sink({ event: 'task-finished', id: '0', seconds: 1, result: 'failed' });
  for (const line of terminal.screen()) expect(width(line)).toBeLessThan(30);
  expect(terminal.screen().length).toBeLessThanOrEqual(6);
  close();
  expect(terminal.screen()).toHaveLength(1);
});

test('a prompt gets the screen, and what happened meanwhile is shown afterwards', async () => {
  const terminal = fakeTerminal(60);
  const renderer = terminalRenderer(terminal, plain, () => 0);
  renderer.sink({ event: 'task-started', id: 'a', title: 'users' });
  await renderer.aside?.(async () => {
    expect(terminal.screen()).toEqual([]);
    renderer.sink({ event: 'notice', level: 'warning', message: 'meanwhile' });
    expect(terminal.screen()).toEqual([]);
    return await Promise.resolve();
  });
  expect(terminal.screen()[0]).toBe('warning: meanwhile');
  expect(terminal.screen()[1]).toMatch(/^› users/);
  renderer.close();
});

test('colours only on terminals that want them', () => {
  const red = (isTTY: boolean, env: Record<string, string>) => styleFor({ isTTY, env }).red('x');
  expect(red(true, {})).toBe('\x1b[31mx\x1b[39m');
  expect(red(false, {})).toBe('x');
  expect(red(true, { NO_COLOR: '1' })).toBe('x');
  expect(red(true, { TERM: 'dumb' })).toBe('x');
  expect(styleFor({ isTTY: true, env: { LANG: 'C' } }).sign.done).toBe('+');
});
