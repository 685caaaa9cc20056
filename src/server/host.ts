import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

const HOST = /^[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?(:\d{1,5})?$/i;

/**
 * The base URL by which a client reached us, for the URLs in what it gets. The
 * Host header is what works also behind address translation; whoever forges it
 * deceives nobody but itself. One that is no host gives way to our address.
 */
export function baseUrl(request: FastifyRequest): string {
  const { host } = request.headers;
  if (host !== undefined && HOST.test(host)) return `http://${host}`;
  const { localAddress = '', localPort = 80 } = request.raw.socket;
  return `http://${localAddress.replace(/^::ffff:/, '')}:${localPort}`;
}

/** The address of the client; IPv4 in its usual form. */
export function clientAddress(request: { raw: IncomingMessage }): string {
  return (request.raw.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** The token of a boot session in a request; empty if there is none. */
export function bearer(request: FastifyRequest): string {
  return /^Bearer ([\w-]{1,100})$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
