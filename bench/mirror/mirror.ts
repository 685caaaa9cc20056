/**
 * A package mirror on loopback that keeps what it has fetched, so that all
 * contenders download everything, from the same place, at the same speed, and the
 * network is not measured. Release files and lists stay as they were at the first
 * request of a run; packages are kept between runs.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeDurably } from '../../src/system/durable.ts';

export interface MirrorOptions {
  /** Base URL, below which are `dists` and `pool`. */
  upstream: string;
  /** Kept between runs. */
  pool: string;
  /** Of this run. */
  dists: string;
  signal: AbortSignal;
}

type Found = { file: string; size: number; etag: string } | { status: number };

/** The part of an archive URL below its base, if it is one that an archive has. */
export function archivePath(url: string): string | undefined {
  const path = /^\/debian\/((?:dists|pool)\/[\w.+~:%@=/-]+)$/.exec(url)?.[1];
  let plain: string;
  try {
    plain = decodeURIComponent(path ?? '');
  } catch {
    return undefined;
  }
  if (!/^[\w.+~:@=/-]+$/.test(plain) || plain.split('/').some((part) => part === '' || part.startsWith('.')))
    return undefined;
  return plain;
}

export class Mirror implements AsyncDisposable {
  readonly #options: MirrorOptions;
  readonly #server: Server;
  readonly #known = new Map<string, Promise<Found>>();
  /** Files that came over the network so far: a contender that had to wait for one was at a disadvantage. */
  fetched = 0;
  /** Bytes sent to contenders. */
  sent = 0;

  private constructor(options: MirrorOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async open(options: MirrorOptions): Promise<Mirror> {
    const mirror = new Mirror(options);
    mirror.#server.listen(0, '127.0.0.1');
    await once(mirror.#server, 'listening');
    return mirror;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/debian`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = archivePath(request.url ?? '');
    const found = path === undefined ? { status: 404 } : await this.#find(path);
    if ('status' in found) return void response.writeHead(found.status, { 'Content-Length': 0 }).end();
    const { file, size, etag } = found;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { ETag: etag }).end();
    response.writeHead(200, { 'Content-Length': size, ETag: etag });
    if (request.method === 'HEAD') return void response.end();
    this.sent += size;
    await pipeline(createReadStream(file, { highWaterMark: 512 << 10 }), response);
  }

  async #find(path: string): Promise<Found> {
    let found = this.#known.get(path);
    if (!found) {
      found = this.#load(path);
      this.#known.set(path, found);
      // A network that failed once may work at the next request.
      found.catch(() => this.#known.delete(path));
    }
    return await found;
  }

  async #load(path: string): Promise<Found> {
    const file = join(path.startsWith('pool/') ? this.#options.pool : this.#options.dists, path);
    const etag = `"${createHash('sha256').update(path).digest('hex').slice(0, 32)}"`;
    const here = await stat(file).catch(() => undefined);
    if (here) return { file, size: here.size, etag };
    this.fetched++;
    const response = await fetch(
      `${this.#options.upstream}/${path.split('/').map(encodeURIComponent).join('/')}`,
      {
        signal: this.#options.signal,
      },
    );
    if (!response.ok) {
      await response.body?.cancel();
      if (response.status >= 500) throw new Error(`the archive answered ${response.status}`);
      return { status: 404 };
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    await mkdir(dirname(file), { recursive: true });
    await writeDurably(file, bytes);
    return { file, size: bytes.length, etag };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
