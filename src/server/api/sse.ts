/**
 * Server-sent events to one listener. It has a place in the ring and nothing
 * else: who reads slowly holds no memory, and is told what it missed.
 */
import type { ServerResponse } from 'node:http';
import type { Ring } from '../../jobs/ring.ts';

export interface StreamOptions<T> {
  /** Names this run of the server: places in a ring mean nothing to another. */
  epoch: string;
  /** Value of Last-Event-ID. */
  last: string | undefined;
  /** Where a listener without that begins. */
  from: 'start' | 'now';
  /** What is told of an event; nothing: it is passed over. */
  tell: (value: T) => { type: string; data: unknown } | undefined;
  /** Whether nothing comes after it. */
  ends?: (value: T) => boolean;
  /** Whether the listener may still listen. */
  allowed: () => Promise<boolean>;
  /** Milliseconds between signs of life. */
  heartbeat?: number;
}

const HEARTBEAT = 15_000;

/** @returns ends the stream */
export function stream<T>(response: ServerResponse, ring: Ring<T>, options: StreamOptions<T>): () => void {
  const { epoch, last, from, tell, ends, allowed, heartbeat = HEARTBEAT } = options;
  const [, sameRun, number] = /^([\w-]+)\.(\d{1,15})$/.exec(last ?? '') ?? [];
  const resumes = sameRun === epoch;
  let place = resumes ? Math.min(Number(number), ring.last) : from === 'now' ? ring.last : 0;
  let over = false;

  const write = (type: string, data: unknown, at = place) =>
    void response.write(`id: ${epoch}.${at}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  const pump = () => {
    while (!over && !response.writableNeedDrain) {
      const next = ring.next(place);
      if (!next) return;
      const { number: at, value } = next.item;
      if (next.missed > 0) write('missed', { count: next.missed }, at - 1);
      place = at;
      const told = tell(value);
      if (told) write(told.type, told.data);
      if (ends?.(value)) end();
    }
  };
  const beat = async () => {
    // Not to one that does not read: the server's own limit on silence is to find it.
    if (over || response.writableNeedDrain) return;
    if (await allowed()) response.write(': still here\n\n');
    else end();
  };
  const timer = setInterval(() => void beat(), heartbeat);
  const stop = ring.listen(pump);
  function end(): void {
    if (over) return;
    over = true;
    clearInterval(timer);
    stop();
    response.end();
  }
  response.on('drain', pump);
  response.once('close', end);
  response.on('error', end);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no',
  });
  response.write(`retry: 5000\n\n`);
  // From another run of the server: nobody knows how much.
  if (last !== undefined && !resumes) write('missed', { count: null });
  pump();
  return end;
}
