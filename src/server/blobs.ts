/**
 * `/blobs/sha256/HEX`: layers, kernels and initramfs, immutable, whole or in
 * part. Each download has one buffer that goes round between disk and socket,
 * and to the next download: a client that hangs holds that and no more.
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Images } from '../boot/images.ts';
import { Buffers } from './buffers.ts';
import { noneMatch, parseRange, rangeCounts } from './range.ts';

/** Downloads at a time; more are asked to come back, so that those under way get done. */
export const DOWNLOAD_LIMIT = 1000;

export function blobRoutes(app: FastifyInstance, images: Pick<Images, 'blob'>, limit = DOWNLOAD_LIMIT): void {
  let downloads = 0;
  const buffers = new Buffers();
  app.route<{ Params: { hex: string } }>({
    method: ['GET', 'HEAD'],
    url: '/blobs/sha256/:hex',
    handler: async (request, reply) => {
      const { hex } = request.params;
      const blob = /^[0-9a-f]{64}$/.test(hex) ? await images.blob(`sha256:${hex}`) : undefined;
      if (!blob) return await reply.code(404).type('text/plain').send('No such blob.\n');
      if (downloads >= limit) {
        const seconds = String(2 + Math.floor(Math.random() * 10));
        return await reply
          .code(503)
          .header('retry-after', seconds)
          .type('text/plain')
          .send('Too many downloads.\n');
      }
      downloads++;
      const leave = buffers.enter();
      reply.hijack();
      try {
        await send(request.raw, reply.raw, `"sha256:${hex}"`, blob, buffers);
      } catch (error) {
        // The client went away, or the file is not what the catalog says: the length tells the node.
        request.log.debug({ err: error }, 'download broken off');
        reply.raw.destroy();
      } finally {
        downloads--;
        leave();
      }
      return reply;
    },
  });
}

/** Answers one request for a file of `size` bytes whose content belongs to `etag` for ever. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  etag: string,
  { path, size }: { path: string; size: number },
  buffers: Buffers,
): Promise<void> {
  const { headers, method } = request;
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
  if (noneMatch(headers['if-none-match'], etag)) return void response.writeHead(304).end();
  // Range is defined for GET only.
  const asked =
    method === 'GET' && rangeCounts(headers['if-range'] as string | undefined, etag)
      ? headers.range
      : undefined;
  const range = parseRange(asked, size);
  if (range === 'unsatisfiable')
    return void response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
  const { start, end } = range === 'all' ? { start: 0, end: size - 1 } : range;

  await using file = await open(path, 'r');
  if ((await file.stat()).size !== size) return void response.writeHead(500).end();
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', end - start + 1);
  if (range === 'all') response.writeHead(200);
  else response.writeHead(206, { 'Content-Range': `bytes ${start}-${end}/${size}` });
  if (method === 'GET') await pump(file, start, end + 1, buffers, response);
  response.end();
}

/** Writes the bytes from `start` to before `end`, one buffer after the other. */
async function pump(
  file: FileHandle,
  start: number,
  end: number,
  buffers: Buffers,
  response: ServerResponse,
): Promise<void> {
  let buffer = buffers.take();
  for (let position = start; position < end;) {
    if (buffer.length !== buffers.size) {
      // There are more downloads by now, or fewer.
      buffers.give(buffer);
      buffer = buffers.take();
    }
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position);
    if (bytesRead === 0) throw new Error('the file ended early');
    position += bytesRead;
    // The buffer is free again when the kernel has taken all of it.
    await write(response, buffer.subarray(0, bytesRead));
  }
  // Not after an error: something may still be going on with it.
  buffers.give(buffer);
}

async function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const gone = () => reject(new Error('connection closed'));
    if (response.closed) return gone();
    response.once('close', gone);
    response.write(chunk, (error) => {
      response.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });
}
