import { afterEach, expect, test, vi } from 'vitest';
import { jsonRenderer } from './json.ts';
import { plainRenderer } from './plain.ts';
import { styleFor } from './style.ts';

const style = styleFor({ isTTY: false, env: {} });
afterEach(() => void vi.useRealTimers());

test('one line a task; a start only for what takes long', () => {
  vi.useFakeTimers();
  let out = '';
  const { sink, close } = plainRenderer((text) => (out += text), style);
  sink({ event: 'task-started', id: '1', title: 'source: debian' });
  sink({ event: 'task-finished', id: '1', seconds: 0.01, result: 'cached' });
  sink({ event: 'task-started', id: '2', title: 'packages:\x1b[1m htop' });
  vi.advanceTimersByTime(1500);
  sink({ event: 'output', id: '2', line: 'Unpacking' });
  sink({ event: 'task-finished', id: '2', seconds: 1.5, result: 'failed' });
  sink({ event: 'notice', level: 'warning', message: 'slow', where: { file: 'r.yml', line: 3, column: 1 } });
  close();
  expect(out.split('\n')).toEqual([
    'cached  source: debian',
    'start   packages: htop',
    'failed  packages: htop  1.5 s',
    'warning: r.yml:3:1: slow',
    '',
  ]);
});

test('JSON is one event a line, without the result, which the command prints last', () => {
  const lines: string[] = [];
  const { sink } = jsonRenderer((line) => lines.push(line));
  sink({ event: 'task-started', id: '1', title: 'two\nlines' });
  sink({
    event: 'built',
    image: 'a',
    generation: 1,
    digest: 'sha256:0',
    cached: false,
    seconds: 1,
    bytes: 2,
  });
  expect(lines).toEqual(['{"event":"task-started","id":"1","title":"two\\nlines"}\n']);
});
