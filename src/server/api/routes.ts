/** `/api/v1`: mounts every operation. */
import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { summarize, writeAudit } from '../../access/audit.ts';
import { Limiter } from '../../access/limiter.ts';
import { call } from '../../operations/call.ts';
import type { Engine } from '../../operations/engine.ts';
import { fail as badInput } from '../../operations/errors.ts';
import { fromQuery, hasBody, pathKeys } from '../../operations/http.ts';
import { operations } from '../../operations/index.ts';
import { openApi } from '../../operations/openapi.ts';
import { mutates, type Operation } from '../../operations/operation.ts';
import type { Sink } from '../../system/events.ts';
import { syncFile } from '../../system/durable.ts';
import { SlipwayError } from '../../system/errors.ts';
import { parseBody } from './body.ts';
import { errorBody } from './error-body.ts';
import { fail } from './errors.ts';
import type { Caller, Guard } from './guard.ts';
import { cutPage, takePage } from './page.ts';
import type { Streams } from './stream-routes.ts';
import { statusOf } from '../../operations/status.ts';
import { clientOf } from './transport.ts';

export interface Api {
  engine: Omit<Engine, 'actor' | 'signal'>;
  guard: Guard;
  streams: Streams;
}

/** What is known of a request, for the audit log. */
interface Asked {
  operation?: Operation;
  caller?: Caller;
  detail?: string;
}

const BODY_LIMIT = 1 << 20;
/** Milliseconds that an operation may take without a byte on its connection. */
const LONGEST = 3_600_000;
/** Refusals of one address noted in a minute. */
const NOTED = { limit: 20, window: 60_000 };

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Everything below the prefix that it is registered with. */
export function apiRoutes(api: Api): (app: FastifyInstance) => Promise<void> {
  const asked = new WeakMap<FastifyRequest, Asked>();
  const noted = new Limiter(NOTED);
  const { engine, guard } = api;
  const document = JSON.stringify(openApi());

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      async (_: FastifyRequest, body: string) => parseBody(body),
    );
    app.setNotFoundHandler(async (request) => {
      throw fail('no-route', {
        method: request.method,
        path: request.url.replace(/\?.*/s, '').slice(0, 200),
      });
    });
    app.setErrorHandler(
      async (error: FastifyError, _, reply) => await answerError(known(error, engine), reply, api),
    );
    // First, so that strangers learn nothing of what there is.
    app.addHook('onRequest', async (request) => {
      const { operation, open } = request.routeOptions.config as { operation?: Operation; open?: boolean };
      const here: Asked = { operation };
      asked.set(request, here);
      if (open) return;
      here.caller = await guard.identify(request.raw);
      if (operation) guard.permit(here.caller, operation);
    });
    app.addHook('onSend', async (request, reply) => {
      reply.headers(HEADERS);
      await audit(request, reply);
    });

    app.get(
      '/openapi.json',
      { config: { open: true } },
      async (_, reply) => await reply.type('application/json').send(document),
    );
    for (const one of operations)
      app.route<{ Params: Record<string, string>; Body: unknown }>({
        method: one.method,
        url: one.path,
        bodyLimit: one.bodyLimit ?? BODY_LIMIT,
        config: { operation: one },
        handler: async (request, reply) => await answer(one, request, reply),
      });
    api.streams.mount(app);
  };

  function callerOf(request: FastifyRequest): Caller {
    const caller = asked.get(request)?.caller;
    if (!caller) throw new Error('a request went by the guard');
    return caller;
  }

  async function answer(
    one: Operation,
    request: FastifyRequest<{ Params: Record<string, string>; Body: unknown }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { raw } = request;
    const query = new URLSearchParams(raw.url?.replace(/^[^?]*\??/s, '') ?? '');
    const page = one.key && takePage(one, query);
    const sent = { ...fromQuery(one, query), ...objectOf(one, request.body) };
    for (const key of pathKeys(one.path))
      if (Object.hasOwn(sent, key))
        throw badInput('bad-input', { operation: one.name, path: key, message: 'stands in the path' });
    const input = { ...sent, ...request.params };
    const here = asked.get(request);
    if (here) here.detail = summarize(input, one.secret);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    raw.socket.setTimeout(LONGEST);
    const match = tagsOf(request.headers['if-match']);
    const actor = { who: callerOf(request).who, via: 'api' as const, ...(match && { match }) };
    const notices: string[] = [];
    const sink: Sink = (event) => {
      if (event.event === 'notice') notices.push(event.message);
      else engine.sink(event);
    };
    const output = await call(one, { ...engine, actor, sink, signal: gone.signal }, input);
    if (notices.length > 0) reply.header('slipway-notices', headerOf(notices));
    // The server's commits may be lost in a power cut; what was promised to somebody may not.
    if (mutates(one)) await syncFile(`${engine.installation.paths.database}-wal`).catch(() => {});
    reply.code(one.status ?? 200).type('application/json');
    if (one.etag) {
      const etag = `"${one.etag(output)}"`;
      reply.header('etag', etag);
      if (one.method === 'GET' && request.headers['if-none-match'] === etag)
        return await reply.code(304).send();
    }
    if (!page) return await reply.send(JSON.stringify(output));
    const { items, next } = cutPage(one, output as unknown[], page);
    if (next !== undefined) {
      query.set('limit', String(page.limit));
      query.set('after', next);
      reply.header('link', `<${raw.url?.replace(/\?.*/s, '')}?${query.toString()}>; rel="next"`);
    }
    return await reply.send(JSON.stringify(items));
  }

  async function audit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { operation, caller, detail } = asked.get(request) ?? {};
    const status = reply.statusCode;
    const refused = status === 401 || status === 403 || status === 429;
    if (!refused && !(operation && mutates(operation))) return;
    const client = clientOf(request.raw);
    // Who knocks without end is not to fill the log.
    if (refused && noted.wait(client) > 0) return;
    if (refused) noted.count(client);
    const entry = {
      who: caller?.who ?? 'unknown',
      client,
      operation: operation?.name ?? `${request.method} ${request.url.replace(/\?.*/s, '')}`.slice(0, 200),
      detail: detail ?? '',
      status,
    };
    try {
      await writeAudit(engine.db, entry);
    } catch (error) {
      const message = `The audit log cannot be written: ${(error as Error).message}`;
      engine.sink({ event: 'notice', level: 'warning', message });
    }
  }
}

/** What the command line would have told, as JSON in a header: the first few. */
function headerOf(notices: readonly string[]): string {
  return encodeURIComponent(JSON.stringify(notices.slice(0, 10).map((text) => text.slice(0, 300))));
}

function objectOf(one: Operation, body: unknown): Record<string, unknown> {
  if (body === undefined || !hasBody(one)) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw fail('bad-request', { reason: 'its body is no JSON object' });
}

/** Strong entity tags of an If-Match header; nothing for `*`, which asks for nothing. RFC 9110, 13.1.1 */
function tagsOf(header: string | undefined): string[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  return [...header.matchAll(/(W\/)?"([^"]*)"/g)].flatMap(([, weak, tag]) => (weak ? [] : [tag ?? '']));
}

/** Makes whatever was thrown an error that may be told; what must not is logged. */
function known(error: unknown, { sink }: Pick<Engine, 'sink'>): { error: SlipwayError; status: number } {
  if (error instanceof SlipwayError) {
    const status = statusOf(error);
    if (status === 500)
      warn(sink, `${error.code}: ${error.message}${error.output ? `\n${error.output}` : ''}`);
    return { error, status };
  }
  const { statusCode, message } = error as FastifyError;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return { error: fail('bad-request', { reason: message.toLowerCase() }), status: statusCode };
  const reference = randomUUID().slice(0, 8);
  warn(sink, `${reference}: ${error instanceof Error ? (error.stack ?? message) : String(error)}`);
  return { error: fail('internal', { reference }), status: 500 };
}

function warn(sink: Engine['sink'], what: string): void {
  sink({ event: 'notice', level: 'warning', message: `The API could not answer: ${what}` });
}

async function answerError(
  { error, status }: { error: SlipwayError; status: number },
  reply: FastifyReply,
  { engine }: Api,
): Promise<FastifyReply> {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="slipway"');
  if (status === 429) reply.header('retry-after', /(\d+) seconds/.exec(error.todo)?.[1] ?? '60');
  return await reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify(errorBody(error, engine.installation.paths)));
}
