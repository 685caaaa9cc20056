/** What every HTTP server of ours has: it answers strangers, so everything has a limit. */
import type { Server } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** Milliseconds until a request must be complete, until an idle connection is closed, and until a stalled transfer is. */
const LIMITS = { headers: 10_000, request: 30_000, keepAlive: 15_000, stalled: 120_000 };
const CONNECTION_LIMIT = 10_000;

/** For createServer. */
export const SERVER_OPTIONS = { maxHeaderSize: 8192, keepAliveTimeout: LIMITS.keepAlive };

/** For Fastify. */
export const OPTIONS = {
  exposeHeadRoutes: false,
  forceCloseConnections: 'idle',
  routerOptions: {
    maxParamLength: 100,
    querystringParser: (text: string) => Object.fromEntries(new URLSearchParams(text)),
  },
} as const;

export function limited<S extends Server>(server: S): S {
  server.headersTimeout = LIMITS.headers;
  server.requestTimeout = LIMITS.request;
  server.timeout = LIMITS.stalled;
  server.maxConnections = CONNECTION_LIMIT;
  server.maxRequestsPerSocket = 10_000;
  return server;
}

/** What is no request that could be routed, such as a path with broken escapes. */
export function badRequest(error: FastifyError, _: FastifyRequest, reply: FastifyReply): void {
  void reply
    .code(error.statusCode ?? 400)
    .type('text/plain')
    .send('Bad request.\n');
}
