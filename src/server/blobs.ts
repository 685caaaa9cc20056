/**
 * `/blobs/sha256/HEX`: layers, kernels and initramfs, immutable, whole or in part.
 * The beginning goes with the header; the rest is sent by threads (senders.ts), or
 * from here where that cannot be (pump.ts).
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Images } from '../boot/images.ts';
import type { Digest } from '../image/types.ts';
import { Admission, type Leave, type Limits } from './admission.ts';
import type { Bucket } from './bandwidth.ts';
import { clientAddress } from './host.ts';
import { pump, written } from './pump.ts';
import { noneMatch, parseRange, rangeCounts } from './range.ts';
import { Senders, type SendersOptions } from './senders.ts';

export interface BlobOptions extends Pick<SendersOptions, 'threads' | 'patience' | 'onDeath'>, Limits {
  /** What all downloads together may take. */
  bucket?: Bucket;
}

/** Sent with the header: little, since a thousand may ask at once. */
const HEAD = 4 << 10;

interface Answer {
  status: number;
  headers: Record<string, string | number>;
  /** From `start` to before `end`, to be sent. */
  body?: { start: number; end: number };
}

/** Sends a blob, whole or in part, as the request asks for. `open`: anybody may have it, and caches may keep it. */
export type SendBlob = (
  request: FastifyRequest,
  reply: FastifyReply,
  blob: { digest: Digest; path: string; size: number },
  open: boolean,
) => Promise<FastifyReply>;

/** Adds the route. Its threads start with the server and end with it: `senders` says which there are. */
export function blobRoutes(
  app: FastifyInstance,
  images: Pick<Images, 'blob'>,
  options: BlobOptions,
): { senders: () => Senders | undefined; send: SendBlob } {
  const admission = new Admission(options);
  const { bucket } = options;
  let senders: Senders | undefined;
  app.addHook('onReady', async () => void (senders = await Senders.open(options)));
  app.addHook('onClose', async () => await senders?.[Symbol.asyncDispose]());

  app.route<{ Params: { hex: string } }>({
    method: ['GET', 'HEAD'],
    url: '/blobs/sha256/:hex',
    handler: async (request, reply) => {
      const { hex } = request.params;
      const digest: Digest = `sha256:${hex}`;
      const blob = /^[0-9a-f]{64}$/.test(hex) ? await images.blob(digest) : undefined;
      if (!blob) return await reply.code(404).type('text/plain').send('No such blob.\n');
      return await sendBlob(request, reply, { ...blob, digest }, true);
    },
  });

  const sendBlob: SendBlob = async (request, reply, blob, open) => {
    const answer = answerFor(request.raw, `"${blob.digest}"`, blob.size, open);
    const { body } = answer;
    if (!body) {
      reply.hijack();
      begin(reply.raw, answer);
      reply.raw.end();
      return reply;
    }
    const closed = closing(reply.raw);
    const address = clientAddress(request);
    const leave: Leave | undefined = request.headers['user-agent']?.startsWith('iPXE/')
      ? await admission.wait(address, closed)
      : admission.enter(address);
    if (!leave) {
      return await reply
        .code(503)
        .header('retry-after', String(admission.retryAfter(address)))
        .type('text/plain')
        .send('Too many downloads.\n');
    }
    reply.hijack();
    try {
      await send(reply.raw, answer, blob, body, closed);
    } catch (error) {
      // The client went away, or the file is not what the catalog says: the length tells the node.
      request.log.debug({ err: error }, 'download broken off');
      reply.raw.destroy();
    } finally {
      leave();
    }
    return reply;
  };

  async function send(
    response: ServerResponse,
    answer: Answer,
    { path, size }: { path: string; size: number },
    { start, end }: { start: number; end: number },
    closed: AbortSignal,
  ): Promise<void> {
    await using file = await open(path, 'r');
    if ((await file.stat()).size !== size) return void response.writeHead(500).end();
    const head = await readHead(file, start, Math.min(end - start, HEAD));
    bucket?.charge(head.length);
    begin(response, answer);
    // Once this is out, all that was asked for before on this connection is out too.
    await written(response, head);
    const rest = start + head.length;
    const { socket } = response;
    if (rest < end) {
      if (senders && socket && senders.fits(socket)) {
        // Node does not see what goes out now; the threads look after clients that hang.
        socket.setTimeout(0);
        await senders.send(socket, file.fd, rest, end, closed);
      } else await pump(file, rest, end, response, bucket);
    }
    response.end();
  }
  return { senders: () => senders, send: sendBlob };
}

/** The header is kept where the log finds it. */
function begin(response: ServerResponse, { status, headers }: Answer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status);
}

/** What a request for `size` bytes gets whose content belongs to `etag` for ever. */
function answerFor({ headers, method }: IncomingMessage, etag: string, size: number, open: boolean): Answer {
  const common = {
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Cache-Control': open ? 'public, max-age=31536000, immutable' : 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  if (noneMatch(headers['if-none-match'], etag)) return { status: 304, headers: common };
  // Range is defined for GET only.
  const asked =
    method === 'GET' && rangeCounts(headers['if-range'] as string | undefined, etag)
      ? headers.range
      : undefined;
  const range = parseRange(asked, size);
  if (range === 'unsatisfiable')
    return { status: 416, headers: { ...common, 'Content-Range': `bytes */${size}`, 'Content-Length': 0 } };
  const { start, end } =
    range === 'all' ? { start: 0, end: size } : { start: range.start, end: range.end + 1 };
  return {
    status: range === 'all' ? 200 : 206,
    headers: {
      ...common,
      'Content-Type': 'application/octet-stream',
      'Content-Length': end - start,
      ...(range !== 'all' && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
    },
    ...(method === 'GET' && end > start && { body: { start, end } }),
  };
}

/** Aborts when the connection is closed before the answer is complete. */
function closing(response: ServerResponse): AbortSignal {
  const control = new AbortController();
  if (response.closed || response.destroyed) control.abort();
  else response.once('close', () => control.abort());
  return control.signal;
}

async function readHead(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, start);
  if (bytesRead !== length) throw new Error('the file ended early');
  return buffer;
}
