import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServeEvent, SlipwayEvent } from '../../src/system/events.ts';
import type { Paths } from '../../src/system/paths.ts';
import { start, type Child } from '../../src/system/process.ts';

/**
 * The server in a process of its own, once it listens; its events as they come.
 * @param config text of config.yml
 * @param port 0: any that is free
 */
export async function serveProcess(
  paths: Paths,
  config: string,
  port = 0,
): Promise<{ child: Child; pid: number; port: number; events: SlipwayEvent[] }> {
  mkdirSync(paths.etc, { recursive: true });
  writeFileSync(join(paths.etc, 'config.yml'), config);
  const events: SlipwayEvent[] = [];
  const argv = [process.execPath, join(import.meta.dirname, 'serve-process.ts'), paths.root, String(port)];
  const child = start(argv, { onLine: (line) => events.push(JSON.parse(line) as SlipwayEvent) });
  const listening = () =>
    events.find((event): event is ServeEvent => event.event === 'serve' && event.kind === 'listening');
  let ended: unknown;
  child.done.catch((error: unknown) => (ended = error));
  for (let i = 0; i < 1500 && !listening(); i++) {
    if (ended) throw ended;
    await sleep(20);
  }
  return { child, pid: child.pid, port: Number(listening()?.fields?.['port']), events };
}
