import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get as request, type IncomingMessage } from 'node:http';
import Fastify from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Bucket } from './bandwidth.ts';
import { blobRoutes, type BlobOptions } from './blobs.ts';

const SIZE = 24 << 20;
const content = randomBytes(SIZE);
const hex = createHash('sha256').update(content).digest('hex');
const PATH = `/blobs/sha256/${hex}`;
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-blobs-'));
  path = join(directory, 'blob');
  writeFileSync(path, content);
});
afterEach(() => rm(directory, { recursive: true }));

async function server(options: Partial<BlobOptions> = {}) {
  const app = Fastify({ forceCloseConnections: 'idle' });
  const deaths: Error[] = [];
  const all = {
    places: 100,
    perAddress: 100,
    onDeath: (error: Error) => void deaths.push(error),
    ...options,
  };
  const { senders } = blobRoutes(
    app,
    { blob: async (digest) => (digest === `sha256:${hex}` ? { path, size: SIZE } : undefined) },
    all,
  );
  app.get('/quick', async () => 'quick');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const close = async () => {
    // As serve does it: what has just become idle would be kept for its next request.
    const idle = setInterval(() => app.server.closeIdleConnections(), 20);
    await app.close();
    clearInterval(idle);
  };
  const url = `http://127.0.0.1:${port}${PATH}`;
  return { app, port, url, deaths, senders, close, [Symbol.asyncDispose]: close };
}

/** Asks by hand and reads only the beginning. */
async function hang(port: number, headers = '', localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
  await once(socket, 'readable');
  return socket;
}

/** Asks from another address of this host. */
async function from(localAddress: string, url: string, headers = {}): Promise<IncomingMessage> {
  const [answer] = (await once(request(url, { localAddress, agent: false, headers }), 'response')) as [
    IncomingMessage,
  ];
  return answer;
}

/** What hangs about of files and connections. */
function openBlobs(): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link === path).length;
}

const sha = async (answer: Response) =>
  createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex');

test('many at a time, over few connections, each gets all', async () => {
  await using here = await server({ threads: 2 });
  for (let round = 0; round < 2; round++) {
    const all = await Promise.all(Array.from({ length: 5 }, async () => await sha(await fetch(here.url))));
    expect(new Set(all)).toEqual(new Set([hex]));
  }
  const part = await fetch(here.url, { headers: { range: `bytes=1000001-${SIZE - 8}` } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(1_000_001, SIZE - 7))).toBe(true);
  // The file is closed when the thread has said that it is done: the client may have it all before.
  await expect.poll(openBlobs, { timeout: 10_000 }).toBe(0);
});

test('requests that are sent without waiting are answered one after the other, unmixed', async () => {
  await using here = await server();
  const socket = connect(here.port, '127.0.0.1');
  const ask = (path_: string, headers = '') => `GET ${path_} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
  const range = `Range: bytes=5-${(4 << 20) - 1}\r\n`;
  socket.write(
    ask('/quick') + ask(PATH) + ask('/quick') + ask(PATH, range) + ask('/quick', 'Connection: close\r\n'),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  let rest = Buffer.concat(chunks);
  for (const body of [
    Buffer.from('quick'),
    content,
    Buffer.from('quick'),
    content.subarray(5, 4 << 20),
    Buffer.from('quick'),
  ]) {
    const at = rest.indexOf('\r\n\r\n') + 4;
    expect(rest.subarray(0, at).toString()).toMatch(/^HTTP\/1\.1 20[06] /);
    expect(rest.subarray(at, at + body.length).equals(body)).toBe(true);
    rest = rest.subarray(at + body.length);
  }
  expect(rest.length).toBe(0);
});

test('more downloads than the limit are put off, and taken when one has ended; scripts never wait', async () => {
  await using here = await server({ places: 2, perAddress: 2, threads: 2 });
  const hanging = [await hang(here.port), await hang(here.port)];
  const refused = await fetch(here.url);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await fetch(here.url, { method: 'HEAD' })).status).toBe(200);
  expect(await (await fetch(`http://127.0.0.1:${here.port}/quick`)).text()).toBe('quick');
  hanging[0]?.destroy();
  await expect
    .poll(async () => (await fetch(here.url, { headers: { range: 'bytes=0-9' } })).status)
    .toBe(206);
  hanging[1]?.destroy();
  await expect.poll(openBlobs).toBe(0);
});

test('an address that has its share is put off, others are not', async () => {
  await using here = await server({ places: 10, perAddress: 1 });
  const hanging = await hang(here.port);
  expect((await fetch(here.url)).status).toBe(503);
  const other = await from('127.0.0.2', here.url);
  expect(other.statusCode).toBe(200);
  other.destroy();
  hanging.destroy();
});

test('iPXE cannot come back later, and waits', async () => {
  await using here = await server({ places: 1, perAddress: 1 });
  const hanging = await hang(here.port);
  const waiting = fetch(here.url, { headers: { 'user-agent': 'iPXE/1.21.1' } });
  const gone = from('127.0.0.3', here.url, { 'user-agent': 'iPXE/1.0.0' });
  gone.catch(() => {});
  // It waits for certain once this, asked later, was answered.
  expect((await fetch(here.url)).status).toBe(503);
  hanging.destroy();
  expect(await sha(await waiting)).toBe(hex);
  (await gone).destroy();
});

test('a client that stops reading does not hold its place for ever', async () => {
  await using here = await server({ places: 1, perAddress: 1, patience: 50 });
  const hanging = await hang(here.port);
  await expect.poll(async () => (await fetch(here.url)).status, { timeout: 20_000 }).toBe(200);
  hanging.destroy();
});

test('a thread that dies breaks its downloads off, and is replaced; the rest goes on', async () => {
  await using here = await server({ threads: 1 });
  const hanging = await hang(here.port);
  const closed = once(hanging, 'close');
  void here.senders()?.workers[0]?.terminate();
  hanging.resume();
  await closed;
  // Without a thread Node sends.
  expect(await sha(await fetch(here.url))).toBe(hex);
  await expect.poll(() => here.senders()?.workers.length, { timeout: 20_000 }).toBe(1);
  expect(await sha(await fetch(here.url))).toBe(hex);
  expect(here.deaths.length).toBe(1);
});

test('a file that is cut short meanwhile ends the connection, not the server', async () => {
  await using here = await server();
  const hanging = await hang(here.port);
  truncateSync(path, 10 << 20);
  let got = hanging.readableLength;
  for await (const chunk of hanging) got += (chunk as Buffer).length;
  expect(got).toBeLessThan(SIZE);
  expect((await fetch(here.url)).status).toBe(500);
});

test('a cap holds for all threads together', async () => {
  const bucket = new Bucket(4e6);
  await using here = await server({ threads: 2, bucket });
  const start = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => await fetch(here.url, { headers: { range: 'bytes=0-1048575' } })),
  );
  for (const answer of answers) expect((await answer.arrayBuffer()).byteLength).toBe(1 << 20);
  // It cannot have been faster, however fast or slow this machine is.
  expect(performance.now() - start).toBeGreaterThan(800);
});

test('closing the server lets downloads end; those that do not are broken off', async () => {
  const here = await server();
  const [ends, hangs] = [await hang(here.port, 'Connection: close\r\n'), await hang(here.port)];
  const closing = here.close();
  let got = 0;
  for await (const chunk of ends) got += (chunk as Buffer).length;
  expect(got).toBeGreaterThan(SIZE);
  here.app.server.closeAllConnections();
  await closing;
  hangs.destroy();
  await expect.poll(openBlobs).toBe(0);
});
