/** `slipway serve`: the boot server with dnsmasq and an NFS server beside it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino, type DestinationStream } from 'pino';
import { Images } from '../boot/images.ts';
import { signingKey, siteSecret } from '../boot/keys.ts';
import { forgetSessions } from '../boot/keep-sessions.ts';
import { openDatabase } from '../db/database.ts';
import { collectContents } from '../files/contents.ts';
import { filesContext } from '../files/context.ts';
import { Catalog } from '../image/catalog.ts';
import { openRecorder } from '../recorder/recorder.ts';
import { worthShowing } from '../recorder/dhcp.ts';
import type { Installation } from '../system/config.ts';
import type { ServeEvent, Sink } from '../system/events.ts';
import { pickNetwork } from './address.ts';
import { bootApp, type RequestLine } from './app.ts';
import { startDnsmasq } from './dnsmasq.ts';
import { fail } from './errors.ts';
import { findFirmware } from './firmware.ts';
import { startNfs } from './nfs.ts';
import { startApi } from './start-api.ts';

export interface ServeOptions {
  sink: Sink;
  /** Stops the server: dnsmasq at once, downloads under way get `grace` to end. */
  signal: AbortSignal;
  /** Instead of the configured HTTP port; 0 takes a free one. */
  port?: number;
  /** Instead of the configured HTTPS port; with `port` the default is a free one. */
  tlsPort?: number;
  /** Program and first arguments of the command line, by which the API builds; without it it does not. */
  command?: readonly string[];
  /** Requests and events go here as JSON lines; without it requests are events too. */
  log?: DestinationStream;
  /** Commands that every node runs once it is up: boot tests. */
  checks?: readonly string[];
  /** Milliseconds that downloads under way get when the server stops. Default 30 s. */
  grace?: number;
}

/**
 * Serves until `signal` aborts. Emits a `serve` event `listening` with `url`,
 * `address`, `port` and `interface` once nodes can boot, `boot` for each stage of
 * each node, and `stopped` at the end.
 * @throws SlipwayError `serve/…`, `db/…`, `image/…`, `nfs/…`, `process/missing`
 */
export async function serve(installation: Installation, options: ServeOptions): Promise<void> {
  const { signal } = options;
  const { config, paths } = installation;
  const { sink: show, onRequest } = observers(options);
  let hear: Sink | undefined;
  const sink: Sink = (event) => {
    show(event);
    hear?.(event);
  };
  const network = pickNetwork(config);
  const firmware = findFirmware();
  await using database = await openDatabase(paths.database, { durability: 'normal' });
  await forgetSessions(database.db);
  await collectContents(database.db);
  const secret = await siteSecret(paths, { db: database.db, sink });
  const catalog = await Catalog.open(paths);
  const images = new Images(catalog);
  await using recorder = await openRecorder({
    db: database.db,
    sink,
    address: network.address,
    port: options.port === undefined ? config.serve.syslog : 'any',
  });
  const { command } = options;
  const apiServer = await startApi({ db: database.db, catalog, installation, sink, command });
  hear = apiServer.hear;
  const app = bootApp({
    db: database.db,
    images,
    installation,
    key: await signingKey(paths),
    secret,
    files: filesContext(database.db, secret),
    checks: options.checks ?? [],
    firmware,
    sink,
    observer: recorder,
    recorder,
    logs: recorder.logs,
    onRequest,
    api: apiServer.api,
  });
  signal.throwIfAborted();
  // Whatever goes wrong from here on, both are stopped before this function ends.
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  let dnsmasq: { done: Promise<void> } | undefined;
  let nfs: { done: Promise<void> } | undefined;
  try {
    const port = await listen(app, network.address, options.port ?? config.serve.port);
    const tlsPort = options.tlsPort ?? (options.port === undefined ? config.serve.tls.port : 0);
    await apiServer.listen(network.address, tlsPort);
    // Before nodes can ask for what they would mount.
    nfs = await startNfs({ installation, database, sink, signal: both });
    const onLine = (line: string) => {
      recorder.dhcpLine(line);
      if (worthShowing(line))
        sink({ event: 'serve', kind: 'dnsmasq', message: line, fields: { state: 'log' } });
    };
    dnsmasq = await startDnsmasq({
      installation,
      database,
      network,
      port,
      firmware,
      sink,
      signal: both,
      onLine,
    });
    const url = `http://${network.address}:${port}`;
    const fields = {
      url,
      address: network.address,
      port,
      interface: network.interface,
      dhcp: config.dhcp.mode,
    };
    sink({
      event: 'serve',
      kind: 'listening',
      message: `Serving on ${url} (${network.interface}, DHCP ${config.dhcp.mode})`,
      fields,
    });
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    stop.abort();
    await apiServer.close();
    await close(app, options.grace ?? 30_000);
    await dnsmasq?.done;
    await nfs?.done;
    sink({ event: 'serve', kind: 'stopped', message: 'The boot server has stopped' });
  }
}

async function listen(app: FastifyInstance, address: string, port: number): Promise<number> {
  try {
    await app.listen({ host: address, port, backlog: 4096 });
  } catch (cause) {
    throw fail('port-taken', { address, port, message: (cause as Error).message }, { cause });
  }
  return (app.server.address() as AddressInfo).port;
}

/** No new connections; those that are busy may finish, but not for ever. */
async function close(app: FastifyInstance, grace: number): Promise<void> {
  // A connection that has just become idle would be kept open for its next request.
  const idle = setInterval(() => app.server.closeIdleConnections(), 100);
  const end = setTimeout(() => app.server.closeAllConnections(), grace);
  await app.close();
  clearInterval(idle);
  clearTimeout(end);
}

function observers({ sink, log }: ServeOptions): { sink: Sink; onRequest: (line: RequestLine) => void } {
  const text = ({ method, url, status }: RequestLine) => `${method} ${url} ${status}`;
  if (!log) {
    const event = (line: RequestLine): ServeEvent => ({
      event: 'serve',
      kind: 'request',
      message: text(line),
      fields: { ...line },
    });
    return { sink, onRequest: (line) => sink(event(line)) };
  }
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, log);
  return {
    onRequest: (line) => logger.info({ kind: 'request', ...line }, text(line)),
    sink: (event) => {
      if (event.event === 'serve') logger.info({ kind: event.kind, ...event.fields }, event.message);
      else if (event.event === 'notice') logger[event.level === 'info' ? 'info' : 'warn'](event.message);
      sink(event);
    },
  };
}
