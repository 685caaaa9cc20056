import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ServeEvent } from '../src/system/events.ts';
import { run } from '../src/system/process.ts';
import { bootServer } from './support/boot-server.ts';
import { publishNoise } from './support/image.ts';
import { temporaryInstallation } from './support/registry.ts';
import { serveProcess } from './support/serving.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
beforeEach(async () => void (here = await temporaryInstallation()));
afterEach(() => here[Symbol.asyncDispose]());

const hexOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const onLoopback = 'serve: { address: 127.0.0.1 }\ndhcp: { mode: off }\n';

/** A client that asks and then does not read. */
async function hang(port: number, hex: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /blobs/sha256/${hex} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await new Promise((resolve) => socket.once('readable', resolve));
  return socket;
}

describe('downloads', () => {
  test('200 clients that hang: memory stays flat and others are served', async () => {
    const { layer } = await publishNoise(here.installation.paths, 'big', 64 << 20);
    const { child, pid, port } = await serveProcess(here.installation.paths, onLoopback);
    const url = `http://127.0.0.1:${port}/blobs/sha256/${hexOf(layer)}`;
    const memory = () =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    await run(['curl', '-sf', '-o', '/dev/null', url]);
    const before = memory();
    const clients = await Promise.all(Array.from({ length: 200 }, () => hang(port, hexOf(layer))));
    const files = join(here.installation.paths.root, 'download');
    for (let i = 0; i < 5; i++) await run(['curl', '-sf', '-o', files, url], { timeout: 20_000 });
    expect(hexOf(readFileSync(files))).toBe(hexOf(layer));
    // 32 MiB of buffers and their logarithm, and what 200 sockets cost; 200 times 64 MiB would be 12.5 GiB.
    expect(memory() - before).toBeLessThan(160);
    for (const client of clients) client.destroy();
    child.stop();
    await child.done;
  }, 60_000);

  test('the server is killed in the middle: curl goes on with the next one', async () => {
    const { layer } = await publishNoise(here.installation.paths, 'big', 32 << 20);
    const file = join(here.installation.paths.root, 'download');
    const first = await serveProcess(here.installation.paths, onLoopback);
    const url = `http://127.0.0.1:${first.port}/blobs/sha256/${hexOf(layer)}`;
    const curl = run(['curl', '-sf', '--limit-rate', '8M', '-o', file, url]);
    curl.catch(() => {});
    while ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < 4 << 20) await sleep(20);
    process.kill(first.pid, 'SIGKILL');
    await expect(curl).rejects.toMatchObject({ code: 'process/failed' });
    const { size } = statSync(file);
    expect(size).toBeLessThan(32 << 20);
    const second = await serveProcess(here.installation.paths, onLoopback, first.port);
    await run(['curl', '-sf', '-C', '-', '-o', file, url]);
    expect(hexOf(readFileSync(file))).toBe(hexOf(layer));
    second.child.stop();
    await second.child.done;
    const [ranged] = second.events.filter(
      (event): event is ServeEvent => event.event === 'serve' && event.kind === 'request',
    );
    expect(ranged?.fields).toMatchObject({ status: 206, bytes: (32 << 20) - size });
  }, 60_000);

  test('a stop lets downloads end, takes no new ones, and does not wait for ever', async () => {
    const { layer } = await publishNoise(here.installation.paths, 'big', 24 << 20);
    const file = join(here.installation.paths.root, 'download');
    const server = await bootServer(here.installation, { grace: 6000 });
    const url = `${server.url}/blobs/sha256/${hexOf(layer)}`;
    const curl = run(['curl', '-sf', '--limit-rate', '12M', '-o', file, url]);
    const hanging = await hang(server.port, hexOf(layer));
    while ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < 1 << 20) await sleep(20);
    const begun = performance.now();
    const stopped = server.stop();
    await sleep(100);
    await expect(run(['curl', '-sf', url])).rejects.toMatchObject({ code: 'process/failed' });
    await curl;
    expect(hexOf(readFileSync(file))).toBe(hexOf(layer));
    await stopped;
    expect(performance.now() - begun).toBeGreaterThan(5000);
    expect(performance.now() - begun).toBeLessThan(20_000);
    hanging.destroy();
  }, 60_000);

  test('a file that is not as long as the catalog says is not passed off as the blob', async () => {
    const { layer } = await publishNoise(here.installation.paths, 'big', 100_000);
    const path = join(here.installation.paths.catalog, 'blobs/sha256', hexOf(layer));
    const server = await bootServer(here.installation);
    writeFileSync(path, layer.subarray(0, 5000));
    expect((await fetch(`${server.url}/blobs/sha256/${hexOf(layer)}`)).status).toBe(500);
    await server.stop();
  });
});

test('a port that is taken is named', async () => {
  const server = await bootServer(here.installation);
  await expect(bootServer(here.installation, { port: server.port })).rejects.toMatchObject({
    code: 'serve/port-taken',
  });
  await server.stop();
});
