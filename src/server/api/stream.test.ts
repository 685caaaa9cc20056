import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiServer, type ApiServer } from '../../../test/support/api-server.ts';
import { Ring } from '../../jobs/ring.ts';
import { addNodes, setNodes } from '../../node/registry.ts';
import { stream } from './sse.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await apiServer({
    prepare: async ({ database }) => void (await addNodes(database.db, 'n[1-3]', {})),
  });
});
afterAll(() => api[Symbol.asyncDispose]());

interface Told {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** A listener that collects what it is told. */
class Listener implements Disposable {
  readonly told: Told[] = [];
  status = 0;
  ended = false;
  readonly #request: ClientRequest;
  #wake = () => {};

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#request = request(url, { headers });
    this.#request.on('error', () => {});
    this.#request.on('response', (answer: IncomingMessage) => void this.#read(answer));
    this.#request.end();
  }

  async #read(answer: IncomingMessage): Promise<void> {
    this.status = answer.statusCode ?? 0;
    let text = '';
    this.#wake();
    try {
      for await (const chunk of answer) {
        text += (chunk as Buffer).toString();
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
          if (id !== undefined)
            this.told.push({ id, event: event ?? '', data: JSON.parse(data ?? '') as Told['data'] });
        }
        this.#wake();
      }
    } catch {
      // We went away.
    }
    this.ended = true;
    this.#wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  [Symbol.dispose](): void {
    this.#request.destroy();
  }
}

const listen = (path: string, headers: Record<string, string> = {}) =>
  new Listener(`${api.server.url}/api/v1${path}`, {
    authorization: `Bearer ${api.tokens.reader}`,
    ...headers,
  });

describe('events', () => {
  test('tell what is changed, also by other processes, of the nodes that were asked for', async () => {
    using all = listen('/events');
    using one = listen('/events?nodes=n2&types=registry');
    await all.until(() => all.status === 200);
    await one.until(() => one.status === 200);
    await setNodes(api.here.database.db, 'n1', { tags: { a: '1' } });
    await setNodes(api.here.database.db, 'n[2-3]', { tags: { a: '2' } });
    await one.until(() => one.told.length > 0);
    await all.until(() => all.told.length > 1);
    expect(all.told.map(({ event, data }) => [event, data['nodes']])).toEqual([
      ['registry', ['n1']],
      ['registry', ['n2', 'n3']],
    ]);
    expect(one.told.map(({ data }) => data['summary'])).toEqual(['node set n[2-3]']);

    // Back again with the last id: what came after it, and only that.
    using back = listen('/events', { 'last-event-id': all.told[0]?.id ?? '' });
    await back.until(() => back.told.length > 0);
    expect(back.told).toEqual([all.told[1]]);
    // With an id of another run of the server: it is told that it missed something.
    using old = listen('/events', { 'last-event-id': '0123456789ab.1' });
    await old.until(() => old.told.length > 0);
    expect(old.told[0]).toMatchObject({ event: 'missed', data: { count: null } });
  });

  test('boots are told as they happen', async () => {
    using listener = listen('/events?types=boot');
    await listener.until(() => listener.status === 200);
    await fetch(`${api.server.url}/boot/node.ipxe?mac=52:54:00:aa:bb:cc`);
    await listener.until(() => listener.told.length > 0);
    expect(listener.told[0]?.data['mac']).toBe('52:54:00:aa:bb:cc');
  });

  test('unknown nodes and inputs are errors, not streams', async () => {
    expect((await api.ask('GET', '/events?nodes=nope')).status).toBe(404);
    expect((await api.ask('GET', '/events?types=nope')).status).toBe(400);
    expect((await api.ask('GET', '/builds/no-uuid/events')).status).toBe(400);
  });

  test('the number of listeners is limited, and places are given back', async () => {
    const many = Array.from({ length: 200 }, () => listen('/events'));
    try {
      for (const one of many) await one.until(() => one.status !== 0);
      expect(new Set(many.map((one) => one.status))).toEqual(new Set([200]));
      expect((await api.ask('GET', '/events')).status).toBe(503);
    } finally {
      for (const one of many) one[Symbol.dispose]();
    }
    let status = 503;
    while (status === 503) {
      using again = listen('/events');
      await again.until(() => again.status !== 0);
      ({ status } = again);
      if (status === 503) await sleep(20);
    }
    expect(status).toBe(200);
  });
});

describe('one stream', () => {
  /** A server whose every request listens to `ring`. */
  async function serving<T>(ring: Ring<T>, options: Partial<Parameters<typeof stream<T>>[2]> = {}) {
    let response: import('node:http').ServerResponse | undefined;
    const server = createServer((_, reply) => {
      response = reply;
      stream(reply, ring, {
        epoch: 'e',
        last: undefined,
        from: 'start',
        tell: (value) => ({ type: 't', data: value }),
        allowed: async () => true,
        ...options,
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      port,
      response: () => response,
      [Symbol.dispose]: () => void (server.closeAllConnections(), server.close()),
    };
  }

  test('a reader that does not read costs no memory, and is told what it missed', async () => {
    const ring = new Ring<string>(10);
    using server = await serving(ring);
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    while (!server.response()) await sleep(5);
    const text = 'x'.repeat(50_000);
    for (let i = 0; i < 2000; i++) {
      ring.push(text);
      // The kernel's buffers take some; after that the stream must wait.
      if (i % 50 === 0) await sleep(1);
    }
    expect(server.response()?.writableLength).toBeLessThan(200_000);
    let seen = '';
    socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
    socket.resume();
    while (!seen.includes('id: e.2000\n')) await sleep(5);
    const missed = [...seen.matchAll(/event: missed\ndata: \{"count":(\d+)\}/g)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
    const told = [...seen.matchAll(/event: t\n/g)].length;
    expect(missed).toBeGreaterThan(1000);
    expect(missed + told).toBe(2000);
    socket.destroy();
  });

  test('who may not any more is sent away; who may gets a sign of life', async () => {
    let allowed = true;
    const beats: number[] = [];
    using server = await serving(new Ring<string>(1), {
      heartbeat: 5,
      allowed: async () => (beats.push(1), allowed),
    });
    using listener = new Listener(`http://127.0.0.1:${server.port}/`);
    while (beats.length < 3) await sleep(2);
    expect(listener.ended).toBe(false);
    allowed = false;
    await listener.until(() => listener.ended);
  });

  test('ends with the event that ends it', async () => {
    const ring = new Ring<string>(5);
    for (const value of ['a', 'end', 'b']) ring.push(value);
    using server = await serving(ring, { ends: (value) => value === 'end' });
    using listener = new Listener(`http://127.0.0.1:${server.port}/`);
    await listener.until(() => listener.ended);
    expect(listener.told.map((one) => one.data)).toEqual(['a', 'end']);
    expect(ring.listeners).toBe(0);
  });
});

test('a server that stops ends its streams', async () => {
  const own = await apiServer();
  using listener = new Listener(`${own.server.url}/api/v1/events`, {
    authorization: `Bearer ${own.tokens.reader}`,
  });
  await listener.until(() => listener.status === 200);
  await own[Symbol.asyncDispose]();
  await listener.until(() => listener.ended);
});
