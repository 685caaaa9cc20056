/** `/boot/…`: what iPXE, initramfs and the ready agent ask for. docs/boot-protocol.md */
import type { FastifyInstance } from 'fastify';
import { attest } from '../boot/attest.ts';
import { answer, type BootServer } from '../boot/answer.ts';
import type { Images } from '../boot/images.ts';
import type { SigningKey } from '../boot/keys.ts';
import { machineId } from '../boot/keys.ts';
import { manifestText, signManifest } from '../boot/manifest.ts';
import { sessionFiles } from '../boot/node-files.ts';
import { nodeInitrd } from '../boot/node-initrd.ts';
import { acceptLog, acceptReport, BODY_LIMIT, LOG_LIMIT, parseReport } from '../boot/report.ts';
import { startScript } from '../boot/scripts.ts';
import { deliverable, deliverToken } from '../boot/deliver.ts';
import type { Given, Session } from '../boot/session.ts';
import { keptSettings, settingLines } from '../boot/settings.ts';
import { fingerprints } from '../files/rendered.ts';
import { findMode } from '../modes/index.ts';
import { SlipwayError } from '../system/errors.ts';
import { bearer, baseUrl, clientAddress } from './host.ts';

export interface BootRoutes extends BootServer {
  images: Images;
  key: SigningKey;
  /** Of the site: machine-ids are derived from it. */
  secret: Buffer;
  /** Commands that every node runs once it is up: boot tests. */
  checks: readonly string[];
  /** Where nodes may send their early logs by UDP. */
  logs?: { address: string; port: number };
}

export function bootRoutes(app: FastifyInstance, server: BootRoutes): void {
  const { db, images, installation, sink, observer } = server;
  const { config } = installation;
  const { logs } = server;

  app.get('/boot/start.ipxe', async (request, reply) => {
    return await reply
      .type('text/plain')
      .header('cache-control', 'no-store')
      .send(startScript(baseUrl(request), logs?.port === SYSLOG ? logs.address : undefined));
  });

  app.get<{ Querystring: Record<string, string | undefined> }>('/boot/node.ipxe', async (request, reply) => {
    const script = await answer(server, {
      mac: request.query['mac'] ?? '',
      arch: request.query['arch'],
      uuid: request.query['uuid'],
      client: clientAddress(request),
      server: baseUrl(request),
    });
    return await reply.type('text/plain').header('cache-control', 'no-store').send(script);
  });

  app.get<{ Params: { id: string } }>('/boot/session/:id/node.cpio', async (request, reply) => {
    const { id } = request.params;
    const client = clientAddress(request);
    // Before the token is made: it is given out once, and a file may fail.
    const asked = await deliverable(db, id, client);
    await mayBoot(server, asked);
    const { node: registered, files } = await sessionFiles(server.files, images, asked);
    const node = asked.node_name;
    const settings = settingLines({
      installation,
      image: await images.resolve(asked.digest),
      mode: findMode(asked.mode),
      node: { ...registered, name: node },
      given: JSON.parse(asked.given) as Given,
      files,
    });
    const given = { files: fingerprints(files), settings: keptSettings(settings) };
    const { session, token } = await deliverToken(db, id, client, undefined, given);
    observer.reached(session, 'loaded');
    const own = baseUrl(request);
    const archive = nodeInitrd({
      conf: [
        ['node', node],
        ['hostname', node],
        ['machine-id', machineId(server.secret, node)],
        ['session', session.id],
        ['token', token],
        ...[own, ...config.serve.advertise].map((url) => ['server', url.replace(/\/+$/, '')] as const),
        ['report', `${own}/boot/report`],
        ['image', session.digest],
        ...(logs ? [['syslog', `${logs.address} ${logs.port}`] as const] : []),
        ...settings,
      ],
      trusted: server.key.publicPem,
      checks: server.checks,
      files,
    });
    sink({
      event: 'serve',
      kind: 'boot',
      message: `${node}: loaded`,
      fields: { node, session: session.id, stage: 'loaded' },
    });
    return await reply.type('application/octet-stream').header('cache-control', 'no-store').send(archive);
  });

  app.get<{ Params: { name: string } }>('/boot/manifest/:name', async (request, reply) => {
    const [, digest = '', signature] = /^(sha256:[0-9a-f]{64})(\.sig)?$/.exec(request.params.name) ?? [];
    if (digest === '') return await reply.code(404).type('text/plain').send('No such manifest.\n');
    const text = manifestText(await images.resolve(digest));
    if (signature) return await reply.type('application/octet-stream').send(signManifest(text, server.key));
    return await reply.type('text/plain').send(text);
  });

  app.post<{ Body: unknown }>('/boot/report', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const report = parseReport(typeof request.body === 'string' ? request.body : '');
    const session = await acceptReport(db, bearer(request), report);
    const { node_name: node, id } = session;
    const { stage, uptime, detail, bytes, seconds } = report;
    observer.reached(session, stage, { uptime });
    const numbers = {
      ...(uptime !== undefined && { uptime }),
      ...(bytes !== undefined && { bytes }),
      ...(seconds !== undefined && { seconds }),
    };
    const fields = { node, session: id, stage, ...numbers, ...(detail !== undefined && { detail }) };
    sink({ event: 'serve', kind: 'boot', message: `${node}: ${stage}`, fields });
    return await reply.code(204).send();
  });

  app.post<{ Body: unknown; Querystring: Record<string, string | undefined> }>(
    '/boot/log',
    { bodyLimit: LOG_LIMIT },
    async (request, reply) => {
      const { session = '', source = '' } = request.query;
      const text = typeof request.body === 'string' ? request.body : '';
      await acceptLog(db, bearer(request), session, source, text);
      return await reply.code(204).send();
    },
  );
}

/** iPXE knows no other port. */
const SYSLOG = 514;

/** @throws SlipwayError `boot/not-attested` */
async function mayBoot({ installation, observer, sink }: BootRoutes, session: Session): Promise<void> {
  const { attest: program } = installation.config.serve;
  if (!program) return;
  try {
    await attest(program, session);
  } catch (error) {
    if (error instanceof SlipwayError) {
      sink({ event: 'notice', level: 'warning', message: `${error.message}. ${error.why}` });
      observer.refused(session.mac, error.message);
    }
    throw error;
  }
}
