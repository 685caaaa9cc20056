/** The API's own listeners: HTTPS, and the Unix socket for root. */
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { dirname, join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import type { ServerCertificate } from '../../access/certificate.ts';
import type { Paths } from '../../system/paths.ts';
import { badRequest, limited, OPTIONS, SERVER_OPTIONS } from '../limits.ts';
import { PREFIX } from '../../operations/http.ts';
import { apiRoutes, type Api } from './routes.ts';
import { markLocal } from './transport.ts';

export interface ApiListeners {
  close(): Promise<void>;
  /** Makes both listeners, where they can be made. */
  listenTls(certificate: ServerCertificate, address: string, port: number): Promise<number>;
  listenSocket(paths: Paths): Promise<string>;
}

/** The socket's path may have so many bytes: unix(7). */
const LONGEST = 107;

export function socketPath(paths: Paths): string {
  return join(paths.run, 'api.sock');
}

export async function apiListeners(api: Api): Promise<ApiListeners> {
  const servers: Server[] = [];
  let handler: RequestListener | undefined;
  const app: FastifyInstance = Fastify({
    ...OPTIONS,
    frameworkErrors: badRequest,
    // Several servers share this application: each is made when it listens.
    serverFactory: (handle) => createServer((handler = handle)),
  });
  await app.register(apiRoutes(api), { prefix: PREFIX });
  await app.ready();
  const handle: RequestListener = (request, response) => handler?.(request, response);

  const listen = async (server: Server, where: { host: string; port: number } | { path: string }) => {
    server.listen(where);
    await once(server, 'listening');
    servers.push(server);
  };
  return {
    async listenTls({ certificate, key }, host, port) {
      const server = limited(
        createTlsServer({ ...SERVER_OPTIONS, cert: certificate, key, minVersion: 'TLSv1.2' }, handle),
      );
      await listen(server, { host, port });
      const address = server.address();
      return typeof address === 'object' && address ? address.port : port;
    },
    async listenSocket(paths) {
      const path = socketPath(paths);
      if (Buffer.byteLength(path) > LONGEST) throw new Error(`${path} is longer than ${LONGEST} bytes`);
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
      const server = limited(createServer(SERVER_OPTIONS, handle));
      server.on('connection', markLocal);
      // The socket is made within listen(): nobody else can open it at any time.
      const before = process.umask(0o177);
      try {
        server.listen({ path });
      } finally {
        process.umask(before);
      }
      await once(server, 'listening');
      servers.push(server);
      return path;
    },
    async close() {
      await Promise.all(
        servers.map(async (server) => {
          const closed = new Promise((resolve) => server.close(resolve));
          server.closeIdleConnections();
          const end = setTimeout(() => server.closeAllConnections(), 2000);
          await closed;
          clearTimeout(end);
        }),
      );
      await app.close();
    },
  };
}
