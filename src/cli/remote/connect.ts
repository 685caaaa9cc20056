/** One HTTP exchange with a server whose certificate is known before anything is sent. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { SlipwayError } from '../../system/errors.ts';
import { fail } from './errors.ts';
import type { Remote } from './server.ts';

export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** Sends a request; resolves when the head of the answer is there. @throws SlipwayError `remote/…` */
export async function exchange(remote: Remote, asked: Exchange): Promise<IncomingMessage> {
  const { name, token } = remote;
  const { method, path, body, signal } = asked;
  try {
    const socket = await open(remote, signal);
    const headers = {
      host: 'url' in remote.target ? remote.target.url.host : 'localhost',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...asked.headers,
      connection: 'close',
    };
    const sent = request({ method, path, headers, signal, createConnection: () => socket });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return answer;
  } catch (cause) {
    if (cause instanceof SlipwayError || signal?.aborted) throw cause;
    const { message, code } = cause as NodeJS.ErrnoException;
    throw fail('unreachable', { server: name, reason: message || code || 'no reason given' }, { cause });
  }
}

async function open(remote: Remote, signal?: AbortSignal): Promise<Socket> {
  const { target } = remote;
  if ('socket' in target) return await connected(connectTcp(target.socket), 'connect', signal);
  const { protocol, hostname, port } = target.url;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') return await connected(connectTcp(Number(port || 80), host), 'connect', signal);
  const socket = connectTls({
    host,
    port: Number(port || 443),
    // Names of certificates are no addresses: SNI has names only.
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(remote.ca !== undefined && { ca: remote.ca }),
    // Judged below, so that the error can tell the fingerprint.
    rejectUnauthorized: false,
  });
  await connected(socket, 'secureConnect', signal);
  try {
    judge(remote, socket);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

/** @throws SlipwayError `remote/untrusted`, `remote/wrong-fingerprint` */
function judge({ name, fingerprint }: Remote, socket: TLSSocket): void {
  const found = socket.getPeerCertificate().fingerprint256 ?? '';
  if (fingerprint !== undefined) {
    // Exactly this certificate: who signed it, and for which name, does not matter then.
    if (found.replaceAll(':', '').toLowerCase() !== fingerprint)
      throw fail('wrong-fingerprint', { server: name, found });
  } else if (!socket.authorized) {
    const { authorizationError } = socket as { authorizationError?: Error | string };
    const reason = String(
      (authorizationError as Error | undefined)?.message ?? authorizationError ?? 'unknown',
    );
    throw fail('untrusted', { server: name, fingerprint: found, reason });
  }
}

async function connected<S extends Socket>(socket: S, event: string, signal?: AbortSignal): Promise<S> {
  socket.setTimeout(30_000, () => socket.destroy(new Error('no connection after 30 s')));
  await once(socket, event, { signal });
  socket.setTimeout(0);
  return socket;
}
