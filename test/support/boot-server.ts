import { setTimeout as sleep } from 'node:timers/promises';
import { serve, type ServeOptions } from '../../src/server/serve.ts';
import type { Installation } from '../../src/system/config.ts';
import type { ServeEvent, SlipwayEvent } from '../../src/system/events.ts';

export interface RunningServer extends AsyncDisposable {
  url: string;
  host: string;
  port: number;
  events: SlipwayEvent[];
  /** Starts stopping; resolves when the server has stopped. */
  stop(): Promise<void>;
}

/** A boot server on loopback, without dnsmasq, at a free port. */
export async function bootServer(
  installation: Installation,
  options: Partial<ServeOptions> = {},
): Promise<RunningServer> {
  installation.config.dhcp.mode = 'off';
  installation.config.serve.address = '127.0.0.1';
  const events: SlipwayEvent[] = [];
  const control = new AbortController();
  let failure: unknown;
  const done = serve(installation, {
    port: 0,
    sink: (event) => void events.push(event),
    signal: control.signal,
    ...options,
  });
  done.catch((error: unknown) => (failure = error));
  const listening = () =>
    events.find((event): event is ServeEvent => event.event === 'serve' && event.kind === 'listening');
  let event = listening();
  for (; !event; event = listening()) {
    if (failure) throw failure;
    await sleep(5);
  }
  const stop = async () => {
    control.abort();
    await done;
  };
  const { url, port } = event.fields as { url: string; port: number };
  return { url, host: '127.0.0.1', port, events, stop, [Symbol.asyncDispose]: stop };
}
