import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { openReceiver, type Receiver } from './receiver.ts';

let receiver: Receiver | undefined;
let client: Socket | undefined;
afterEach(async () => {
  client?.close();
  await receiver?.[Symbol.asyncDispose]();
});

async function open(wanted = true) {
  const heard: string[] = [];
  const dropped = { stranger: 0, rate: 0 };
  const told: string[] = [];
  receiver = await openReceiver({
    address: '127.0.0.1',
    port: 0,
    wanted: () => wanted,
    heard: (_, { lines }) => void heard.push(...lines),
    dropped: (why, count) => void (dropped[why] += count),
    told: (message) => void told.push(message),
  });
  client = createSocket('udp4');
  const { port } = receiver;
  const send = async (text: string | Buffer) =>
    await new Promise<void>((resolve, reject) =>
      client?.send(text, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  return { heard, dropped, told, send };
}

test('lines of whom it wants', async () => {
  const { heard, send } = await open();
  await send('<30>slipway: one');
  await send('two\nthree');
  await expect.poll(() => heard).toEqual(['slipway: one', 'two', 'three']);
});

test('nothing of strangers', async () => {
  const { heard, dropped, send } = await open(false);
  await send('x');
  await expect.poll(() => dropped.stranger).toBe(1);
  expect(heard).toEqual([]);
});

test('of one address only so many, however many come', async () => {
  const { heard, dropped, send } = await open();
  for (let i = 0; i < 3000; i++) {
    await send(`line ${i}`);
    // The socket's buffer holds some hundred.
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => dropped.rate + heard.length).toBeGreaterThan(2000);
  // What may be saved up, and what came in while the test ran.
  expect(heard.length).toBeLessThan(2000);
  expect(dropped.rate).toBeGreaterThan(500);
});

test('a port that is taken is told', async () => {
  const { told } = await open();
  await expect(
    openReceiver({
      address: '127.0.0.1',
      port: receiver?.port ?? 0,
      wanted: () => true,
      heard: () => {},
      dropped: () => {},
      told: () => {},
    }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(told).toEqual([]);
});
