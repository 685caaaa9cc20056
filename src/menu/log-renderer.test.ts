import { expect, test } from 'vitest';
import { styleFor } from '../cli/render/style.ts';
import type { SlipwayEvent } from '../system/events.ts';
import { logRenderer, type LogLevel } from './log-renderer.ts';

const EVENTS: SlipwayEvent[] = [
  { event: 'task-started', id: 't1', title: 'redhat 9' },
  { event: 'output', id: 't1', line: 'Installing \u001b[2Jbash' },
  { event: 'task-progress', id: 't1', done: 1, unit: 'items' },
  { event: 'task-finished', id: 't1', seconds: 2, result: 'done', detail: '76 packages' },
  { event: 'notice', level: 'warning', message: 'mind this' },
];

async function lines(level: LogLevel): Promise<string[]> {
  let written = '';
  const style = styleFor({ isTTY: false, env: {} });
  const renderer = logRenderer(
    (text) => void (written += text),
    style,
    level,
    () => new Date(2026, 0, 1, 9, 5),
  );
  await renderer.aside?.(async () => {
    for (const event of EVENTS) renderer.sink(event);
    expect(written).toBe(''); // while somebody is asked
    await Promise.resolve();
  });
  renderer.close();
  return written.trimEnd().split('\n');
}

test('-i logs what is done, -d also what tools print, and nothing of it moves the cursor', async () => {
  const info = ['09:05:00 [INFO]  start redhat 9', '09:05:00 [INFO]  done redhat 9 in 2.0 s (76 packages)', 'warning: mind this']; // prettier-ignore
  expect(await lines('info')).toEqual(info);
  expect(await lines('debug')).toEqual([
    info[0],
    '09:05:00 [DEBUG] redhat 9: Installing bash',
    ...info.slice(1),
  ]);
});
