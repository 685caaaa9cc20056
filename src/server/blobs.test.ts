import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { blobRoutes } from './blobs.ts';

test('more downloads than the limit are put off, and taken when one has ended', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-blobs-'));
  const path = join(directory, 'blob');
  const size = 64 << 20;
  writeFileSync(path, Buffer.alloc(size));
  const app = Fastify();
  blobRoutes(app, { blob: async () => ({ path, size }) }, 1);
  await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    const { port } = app.server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/blobs/sha256/${'a'.repeat(64)}`;
    const hanging = connect(port, '127.0.0.1');
    hanging.write(`GET /blobs/sha256/${'a'.repeat(64)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => hanging.once('readable', resolve));
    const refused = await fetch(url);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
    hanging.destroy();
    await expect.poll(async () => (await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(size);
  } finally {
    app.server.closeAllConnections();
    await app.close();
    await rm(directory, { recursive: true });
  }
});
