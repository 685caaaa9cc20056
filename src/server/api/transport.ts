/** By what a request came: whoever can open the socket is root; on plain HTTP everything can be read. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { clientAddress } from '../host.ts';

export type Transport = 'socket' | 'https' | 'loopback' | 'http';

const local = new WeakSet<Socket>();

/** Says that a connection came by the Unix socket. */
export function markLocal(socket: Socket): void {
  local.add(socket);
}

export function transportOf(raw: IncomingMessage): Transport {
  const { socket } = raw;
  if (local.has(socket)) return 'socket';
  if (socket instanceof TLSSocket) return 'https';
  return isLoopback(clientAddress({ raw })) ? 'loopback' : 'http';
}

/** For limits and logs: the address, or `socket`. */
export function clientOf(raw: IncomingMessage): string {
  return local.has(raw.socket) ? 'socket' : clientAddress({ raw });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}
