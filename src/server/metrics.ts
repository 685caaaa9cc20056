/** What the recorder learns from HTTP, and `/metrics` for Prometheus. */
import { BlockList, isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Recorder } from '../recorder/recorder.ts';
import { clientAddress } from './host.ts';

/** Routes by their pattern; of what is none of ours there is only one. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'other';
}

/** Tells the recorder of every answer. Before the routes are added. */
export function observe(app: FastifyInstance, recorder: Recorder): void {
  const { metrics } = recorder;
  app.addHook('onRequest', async (request, reply) => {
    const { url = '' } = request.routeOptions;
    if (!url.startsWith('/blobs/')) return;
    metrics.downloads.inc();
    reply.raw.once('close', () => {
      metrics.downloads.dec();
      if (!reply.raw.writableFinished) metrics.broken.inc();
    });
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request);
    const blob = route.startsWith('/blobs/') && request.method === 'GET' && reply.raw.writableFinished;
    recorder.answered({
      route,
      status: reply.raw.statusCode,
      client: clientAddress(request),
      seconds: reply.elapsedTime / 1000,
      bytes: Number(reply.raw.getHeader('content-length') ?? 0),
      blob: blob ? (request.params as { hex?: string }).hex : undefined,
    });
  });
}

/** `GET /metrics`, for this host and the addresses of `serve.metrics`. */
export function metricsRoute(
  app: FastifyInstance,
  { metrics }: Pick<Recorder, 'metrics'>,
  allowed: readonly string[],
): void {
  const list = allowList(allowed);
  app.get('/metrics', async (request, reply) => {
    const client = clientAddress(request);
    // A program on this host reaches the boot address from that very address.
    const local = client === (request.raw.socket.localAddress ?? '').replace(/^::ffff:/, '');
    if (!local && !list.check(client, isIPv6(client) ? 'ipv6' : 'ipv4'))
      return await reply.code(403).type('text/plain').send('Not for this address: see serve.metrics.\n');
    return await reply
      .type(metrics.register.contentType)
      .header('cache-control', 'no-store')
      .send(await metrics.register.metrics());
  });
}

function allowList(allowed: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of ['127.0.0.0/8', '::1', ...allowed]) {
    const [address = '', prefix] = one.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
