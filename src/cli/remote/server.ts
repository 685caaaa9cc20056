/** Which server, by what certificate, with which token: from flags, environment and the token file. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from './errors.ts';

export interface RemoteFlags {
  server?: string;
  cacert?: string;
  fingerprint?: string;
}

export interface Remote {
  /** As it was named, for messages. */
  name: string;
  /** Origin, or the path of a socket. */
  target: { url: URL } | { socket: string };
  /** PEM. */
  ca?: string;
  /** SHA-256 of the certificate, hex, lower case. */
  fingerprint?: string;
  token?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The server that is to be asked; nothing: this host. @throws SlipwayError `remote/…` */
export function remoteOf(flags: RemoteFlags, env: Environment): Remote | undefined {
  const name = flags.server ?? env['SLIPWAY_SERVER'];
  if (name === undefined || name === '') return undefined;
  const socket = /^unix:(\/.+)$/.exec(name)?.[1];
  // Who may open the socket is root: no token is needed.
  if (socket !== undefined) return { name, target: { socket } };
  const url = URL.canParse(name) ? new URL(name) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || !/^\/?$/.test(url.pathname))
    throw fail('bad-server', { server: JSON.stringify(name) });
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && env['SLIPWAY_INSECURE'] !== '1')
    throw fail('plain-http', { server: name });
  const cacert = flags.cacert ?? env['SLIPWAY_CACERT'];
  const fingerprint = flags.fingerprint ?? env['SLIPWAY_FINGERPRINT'];
  return {
    name: url.origin,
    target: { url },
    ...(cacert && { ca: readFileSync(cacert, 'utf8') }),
    ...(fingerprint && { fingerprint: hexOf(fingerprint) }),
    token: tokenFor(name, env),
  };
}

/** `sha256:`, colons and case do not matter. @throws SlipwayError `remote/bad-fingerprint` */
export function hexOf(text: string): string {
  const hex = text
    .replace(/^sha-?256[:=]/i, '')
    .replaceAll(':', '')
    .toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) throw fail('bad-fingerprint', { text: JSON.stringify(text) });
  return hex;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** @throws SlipwayError `remote/no-token`, `remote/token-file` */
function tokenFor(server: string, env: Environment): string {
  const given = env['SLIPWAY_TOKEN']?.trim();
  if (given) return given;
  const config = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  const file = join(config, 'slipway/token');
  let mode: number;
  let text: string;
  try {
    mode = statSync(file).mode & 0o777;
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw fail('no-token', { server, file }, { cause });
  }
  if (mode & 0o077) throw fail('token-file', { file, mode: mode.toString(8).padStart(4, '0') });
  return text;
}
