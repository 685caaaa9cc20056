import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ServeEvent, SlipwayEvent } from '../system/events.ts';
import { supervise } from './supervisor.ts';

const messages = (events: SlipwayEvent[], state: string) =>
  events.filter((event): event is ServeEvent => event.event === 'serve' && event.fields?.['state'] === state);

async function until(condition: () => boolean, seconds = 10): Promise<void> {
  for (let i = 0; i < seconds * 50 && !condition(); i++) await sleep(20);
  expect(condition()).toBe(true);
}

test('a program that is killed is started again, and that is said', async () => {
  const events: SlipwayEvent[] = [];
  const stop = new AbortController();
  const lines: string[] = [];
  const supervised = supervise('sleeper', ['sh', '-c', 'echo up; exec sleep 60'], {
    sink: (event) => void events.push(event),
    signal: stop.signal,
    onLine: (line) => lines.push(line),
  });
  await until(() => lines.length === 1);
  const first = supervised.pid;
  supervised.signal('SIGKILL');
  await until(() => lines.length === 2);
  expect(supervised.pid).not.toBe(first);
  expect(messages(events, 'died').map((event) => event.message)).toEqual([
    expect.stringContaining('sleeper died (') as string,
  ]);
  // Told when the program itself runs, which may be after its first line.
  await until(() => messages(events, 'started').length === 2);
  const second = supervised.pid ?? 0;
  stop.abort();
  await supervised.done;
  await until(() => !alive(second));
  expect(messages(events, 'died')).toHaveLength(1);
});

test('one that cannot run is tried again, less and less often, with its last words', async () => {
  const events: SlipwayEvent[] = [];
  const stop = new AbortController();
  const supervised = supervise('broken', ['sh', '-c', 'echo no such interface >&2; exit 3'], {
    sink: (event) => void events.push(event),
    signal: stop.signal,
  });
  await until(() => messages(events, 'died').length === 2);
  expect(messages(events, 'died').map((event) => event.fields?.['wait'])).toEqual([0.2, 1]);
  expect(messages(events, 'died')[0]?.message).toContain('no such interface');
  stop.abort();
  await supervised.done;
});

test('an abort during the pause ends it', async () => {
  const stop = new AbortController();
  const supervised = supervise('broken', ['false'], {
    sink: (event) => void (event.event === 'serve' && event.fields?.['wait'] === 1 && stop.abort()),
    signal: stop.signal,
  });
  await Promise.race([
    supervised.done,
    once(AbortSignal.timeout(5000), 'abort').then(() => Promise.reject(new Error('hangs'))),
  ]);
});

test('a program that changed its user goes when we are killed', async () => {
  const script = `
    const { supervise } = await import(${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))});
    supervise('other', ['setpriv', '--reuid', '65534', '--clear-groups', 'sleep', '600'], {
      sink: (event) => event.event === 'serve' && console.log(event.fields.pid),
      signal: new AbortController().signal,
    });`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(alive(pid)).toBe(true);
  owner.kill('SIGKILL');
  await until(() => !alive(pid));
});

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.runIf(process.getuid?.() === 0)(
  'where namespaces are refused, that is said, and tried again',
  async () => {
    const script = `
    const { supervise } = await import(${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))});
    const stop = new AbortController();
    let died = 0;
    const sink = (event) => {
      if (event.fields?.state !== 'died') return;
      console.log(event.message);
      if (++died === 2) stop.abort();
    };
    await supervise('sleeper', ['sleep', '60'], { sink, signal: stop.signal }).done;
    console.log('done');`;
    const drop = ['--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', '--'];
    const argv = [...drop, process.execPath, '--input-type=module', '--eval', script];
    const child = spawn('setpriv', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(output).toMatch(/^(sleeper died \(Could not make private namespaces.*\n){2}done\n$/);
    expect(code).toBe(0);
  },
);
