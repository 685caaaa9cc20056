/** A build on a server, followed until it ends. */
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { buildCancel, buildShow, buildStart } from '../../operations/build/builds.ts';
import { PREFIX } from '../../operations/http.ts';
import { SlipwayError } from '../../system/errors.ts';
import type { Built, SlipwayEvent } from '../../system/events.ts';
import { callRemote, parse, type RemoteCall } from './call.ts';
import { exchange } from './connect.ts';
import { fail } from './errors.ts';
import type { Remote } from './server.ts';

/** Attempts to go on listening after the connection broke. */
const ATTEMPTS = 10;
const FOLLOWED = new Set(['task-started', 'task-finished', 'task-progress', 'output', 'notice']);

/** @throws SlipwayError what the build says, and `remote/…` */
export async function buildRemote(
  remote: Remote,
  order: z.input<(typeof buildStart)['input']>,
  options: RemoteCall,
): Promise<Built> {
  const { id } = await callRemote(remote, buildStart, order, options);
  const cancel = async () => {
    // Ctrl-C ends the build, as it does here.
    await callRemote(remote, buildCancel, { build: id }, { sink: options.sink }).catch(() => {});
  };
  try {
    await follow(remote, id, options);
  } catch (error) {
    if (options.signal?.aborted) await cancel();
    throw error;
  }
  const { state, built, error } = await callRemote(remote, buildShow, { build: id }, options);
  if (state === 'done' && built) return { event: 'built', ...built };
  const { code = 'job/failed', what = `the build is ${state}`, why = '', todo = '' } = error ?? {};
  throw new SlipwayError(code, { what, why, todo });
}

async function follow(remote: Remote, id: string, { sink, signal }: RemoteCall): Promise<void> {
  let last: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const answer = await exchange(remote, {
      method: 'GET',
      path: `${PREFIX}/builds/${id}/events`,
      headers: { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) },
      signal,
    });
    if (answer.statusCode !== 200) {
      parse(remote, await text(answer), answer.statusCode ?? 0);
      throw fail('protocol', { server: remote.name, reason: `status ${answer.statusCode}` });
    }
    try {
      for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) {
        const [, field, value = ''] = /^(id|data): (.*)$/s.exec(line) ?? [];
        if (field === 'id') last = value;
        if (field !== 'data') continue;
        const event = JSON.parse(value) as { event?: string; ended?: string };
        if (event.event === 'build' && event.ended !== undefined) return;
        if (FOLLOWED.has(event.event ?? '')) sink(event as SlipwayEvent);
        attempt = 0;
      }
    } catch (error) {
      if (signal?.aborted) throw error;
    }
  }
  throw fail('protocol', { server: remote.name, reason: 'the events of the build broke off' });
}
