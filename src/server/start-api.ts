/** What `slipway serve` has for the API: routes, HTTPS, the Unix socket. Nodes boot also where these cannot be had. */
import { hostname } from 'node:os';
import { serverCertificate } from '../access/certificate.ts';
import { Verifier } from '../access/verifier.ts';
import type { Db } from '../db/database.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import type { BuildView } from '../jobs/build-table.ts';
import { Builds } from '../jobs/builds.ts';
import { Guard } from './api/guard.ts';
import { Hub } from './api/hub.ts';
import { apiListeners, type ApiListeners } from './api/listen.ts';
import type { Api } from './api/routes.ts';
import { Streams } from './api/stream-routes.ts';

export interface ApiServer {
  /** For the boot server's own port. */
  api: Api;
  /** Tells listeners what the server tells. */
  hear: Sink;
  /** Makes the API's own listeners, and tells of them in `api` events. */
  listen(address: string, tlsPort: number): Promise<void>;
  close(): Promise<void>;
}

export async function startApi(options: {
  db: Db;
  catalog: Catalog;
  installation: Installation;
  sink: Sink;
  /** Program and first arguments of the command line, for builds. */
  command?: readonly string[];
}): Promise<ApiServer> {
  const { db, installation, sink, command } = options;
  const { config, paths } = installation;
  const guard = new Guard({ verifier: new Verifier(db), insecure: config.serve.api.insecure });
  const hub = new Hub(db);
  await hub.open();
  const onChange = (build: BuildView) => hub.ring.push({ type: 'build', data: { ...build } });
  const builds = command && (await Builds.open({ db, installation, command, onChange }));
  const streams = new Streams({ db, hub, builds, guard });
  const api: Api = { engine: { ...options, builds }, guard, streams };
  let listeners: ApiListeners | undefined;

  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      sink({ event: 'notice', level: 'warning', message: `No ${what}: ${(error as Error).message}` });
      return undefined;
    }
  };
  return {
    api,
    hear: (event) => hub.hear(event),
    async listen(address, tlsPort) {
      const all = (listeners = await apiListeners(api));
      const tell = (message: string, fields: Record<string, string>) =>
        sink({ event: 'serve', kind: 'api', message, fields });
      await attempt('socket for root', async () => {
        const socket = await all.listenSocket(paths);
        tell(`API for root on ${socket}`, { socket });
      });
      if (!config.serve.tls.enabled) return;
      await attempt('HTTPS', async () => {
        const certificate = await serverCertificate(installation, [address, 'localhost', hostname()]);
        const port = await all.listenTls(certificate, address, tlsPort);
        const { fingerprint } = certificate;
        const url = `https://${address}:${port}`;
        tell(`API on ${url}, certificate SHA-256 ${fingerprint}`, { url, fingerprint });
      });
    },
    async close() {
      streams.close();
      hub.close();
      await builds?.close();
      await listeners?.close();
    },
  };
}
