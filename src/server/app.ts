/** The HTTP side of the boot server. It answers strangers: everything has a limit. */
import { createServer } from 'node:http';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { withoutTokens } from '../access/tokens.ts';
import { BODY_LIMIT } from '../boot/report.ts';
import { PREFIX } from '../operations/http.ts';
import type { Recorder } from '../recorder/recorder.ts';
import { SlipwayError } from '../system/errors.ts';
import { apiRoutes, type Api } from './api/routes.ts';
import { Bucket, bytesPerSecond } from './bandwidth.ts';
import { blobRoutes, type BlobOptions } from './blobs.ts';
import { bootRoutes, type BootRoutes } from './boot-routes.ts';
import { filesRoutes } from './files-routes.ts';
import { firmwareRoutes, type Firmware } from './firmware.ts';
import { clientAddress } from './host.ts';
import { badRequest, limited, OPTIONS, SERVER_OPTIONS } from './limits.ts';
import { metricsRoute, observe } from './metrics.ts';
import { privateRoutes } from './private-routes.ts';

const STATUS: Record<string, number> = {
  'boot/unknown-session': 404,
  'boot/wrong-client': 403,
  'boot/ended-session': 410,
  'boot/wrong-token': 401,
  'boot/not-attested': 403,
  'boot/bad-report': 400,
  'boot/bad-log': 400,
  'boot/too-many-reports': 429,
  'boot/ipxe-word': 400,
  'node/bad-mac': 400,
  'image/unknown': 404,
};

/** One answered request, for the log. Never with headers or bodies: they have tokens. */
export interface RequestLine {
  method: string;
  url: string;
  status: number;
  client: string;
  milliseconds: number;
  bytes: number;
}

export interface AppOptions extends BootRoutes {
  firmware?: Firmware;
  onRequest: (line: RequestLine) => void;
  recorder?: Recorder;
  /** The API, if it is served here. */
  api?: Api;
}

/** Makes the server, not yet listening. */
export function bootApp(options: AppOptions): FastifyInstance {
  const app = Fastify({
    ...OPTIONS,
    serverFactory: (handler) => limited(createServer(SERVER_OPTIONS, handler)),
    bodyLimit: BODY_LIMIT,
    frameworkErrors: badRequest,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_: FastifyRequest, body: string) => body,
  );
  app.addContentTypeParser(
    'text/plain',
    { parseAs: 'string' },
    async (_: FastifyRequest, body: string) => body,
  );
  app.setNotFoundHandler(async (_, reply) => await reply.code(404).type('text/plain').send('Not found.\n'));
  app.setErrorHandler(
    async (error: FastifyError, request, reply) => await explain(error, request, reply, options),
  );
  app.addHook('onSend', async (_, reply) => void reply.header('x-content-type-options', 'nosniff'));
  app.addHook('onResponse', async (request, reply) => {
    options.onRequest({
      method: request.method,
      url: withoutTokens(request.url).slice(0, 200),
      status: reply.raw.statusCode,
      client: clientAddress(request),
      milliseconds: Math.round(reply.elapsedTime),
      bytes: Number(reply.raw.getHeader('content-length') ?? 0),
    });
  });
  if (options.recorder) {
    observe(app, options.recorder);
    metricsRoute(app, options.recorder, options.installation.config.serve.metrics);
  }
  app.get('/healthz', async (_, reply) => {
    await options.db.selectFrom('node').select('id').limit(1).execute();
    await options.images.check();
    return await reply.type('application/json').send('{"status":"ok"}\n');
  });
  bootRoutes(app, options);
  filesRoutes(app, options);
  const { send } = blobRoutes(app, options.images, blobOptions(options));
  privateRoutes(app, options, send);
  firmwareRoutes(app, options.firmware);
  if (options.api) void app.register(apiRoutes(options.api), { prefix: PREFIX });
  return app;
}

/** How blobs are served here: from the configuration. */
function blobOptions({ installation, sink }: AppOptions): BlobOptions {
  const { downloads, downloads_per_address: perAddress, bandwidth, threads } = installation.config.serve;
  return {
    places: downloads,
    perAddress: perAddress ?? Math.ceil(downloads / 4),
    bucket: bandwidth === undefined ? undefined : new Bucket(bytesPerSecond(bandwidth)),
    threads,
    onDeath: ({ message }) =>
      sink({ event: 'notice', level: 'warning', message: `A thread that sends files died: ${message}` }),
  };
}

/** Errors that are meant for the client are told; all others are only logged. */
async function explain(
  error: FastifyError,
  _: FastifyRequest,
  reply: FastifyReply,
  { sink }: AppOptions,
): Promise<FastifyReply> {
  reply.type('text/plain');
  if (error instanceof SlipwayError) {
    const status = STATUS[error.code];
    if (status !== undefined) return await reply.code(status).send(`${error.message}\n`);
  } else if (error.statusCode !== undefined && error.statusCode < 500)
    return await reply.code(error.statusCode).send('Bad request.\n');
  sink({ event: 'notice', level: 'warning', message: `The boot server could not answer: ${error.message}` });
  return await reply.code(500).send('Internal error; see the log of the server.\n');
}
