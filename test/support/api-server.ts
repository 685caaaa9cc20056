import type { TokenTable } from '../../src/db/tables.ts';
import { addToken } from '../../src/access/tokens.ts';
import type { ServeOptions } from '../../src/server/serve.ts';
import type { ServeEvent } from '../../src/system/events.ts';
import { bootServer, type RunningServer } from './boot-server.ts';
import { temporaryInstallation } from './registry.ts';

type Scope = TokenTable['scope'];

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

export interface ApiServer extends AsyncDisposable {
  here: Awaited<ReturnType<typeof temporaryInstallation>>;
  server: RunningServer;
  tokens: Record<Scope, string>;
  /** Sends a request with the token of a scope; `none`: without. Bodies that are no text are sent as JSON. */
  ask(
    method: string,
    path: string,
    options?: { as?: Scope | 'none'; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** URL and fingerprint of HTTPS. */
  https: { url: string; fingerprint: string };
  socket: string;
}

/** A boot server on loopback with a token of each scope. */
export async function apiServer(
  options: Partial<ServeOptions> & {
    prepare?: (here: Awaited<ReturnType<typeof temporaryInstallation>>) => Promise<void>;
  } = {},
): Promise<ApiServer> {
  const here = await temporaryInstallation();
  const { prepare, ...rest } = options;
  await prepare?.(here);
  const add = async (scope: Scope) => (await addToken(here.database.db, scope, scope, null)).token;
  const tokens = { reader: await add('reader'), operator: await add('operator'), admin: await add('admin') };
  const server = await bootServer(here.installation, rest);
  const told = (key: string) =>
    server.events.find(
      (event): event is ServeEvent =>
        event.event === 'serve' && event.kind === 'api' && event.fields?.[key] !== undefined,
    )?.fields as Record<string, string> | undefined;
  return {
    here,
    server,
    tokens,
    https: { url: told('url')?.['url'] ?? '', fingerprint: told('url')?.['fingerprint'] ?? '' },
    socket: told('socket')?.['socket'] ?? '',
    async ask(method, path, { as = 'admin', body, headers = {} } = {}) {
      const init: RequestInit = {
        method,
        headers: {
          ...(as !== 'none' && { authorization: `Bearer ${tokens[as]}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      };
      const answer = await fetch(`${server.url}/api/v1${path}`, init);
      const text = await answer.text();
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
      return { status: answer.status, headers: answer.headers, text, json };
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await here[Symbol.asyncDispose]();
    },
  };
}
