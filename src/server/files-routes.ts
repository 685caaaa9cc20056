/** `/boot/files/…`: what running nodes ask for now and then. docs/boot-protocol.md, section 11. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sessionFiles } from '../boot/node-files.ts';
import { keepRefreshed } from '../boot/deliver.ts';
import { runningSession } from '../boot/session.ts';
import { refreshContent, refreshed, refreshList } from '../files/refresh.ts';
import { fingerprints } from '../files/rendered.ts';
import type { BootRoutes } from './boot-routes.ts';
import { bearer } from './host.ts';

export function filesRoutes(app: FastifyInstance, { db, images, files }: BootRoutes): void {
  /** @throws SlipwayError `boot/unknown-session`, `boot/wrong-token`, `boot/ended-session` */
  const filesFor = async (request: FastifyRequest, id: string) => {
    const session = await runningSession(db, id, bearer(request));
    return { session, all: (await sessionFiles(files, images, session, { hostKeys: false })).files };
  };

  app.get<{ Params: { id: string } }>('/boot/files/:id', async (request, reply) => {
    const { session, all } = await filesFor(request, request.params.id);
    const { text, etag } = refreshList(all);
    reply.header('etag', etag).header('cache-control', 'no-store');
    if (request.headers['if-none-match'] !== etag) return await reply.type('text/plain').send(text);
    // It names a list only after it has done all that is in it.
    await keepRefreshed(db, session, fingerprints(refreshed(all)));
    return await reply.code(304).send();
  });

  app.get<{ Params: { id: string; hex: string } }>('/boot/files/:id/:hex', async (request, reply) => {
    const { all } = await filesFor(request, request.params.id);
    const content = refreshContent(all, request.params.hex);
    if (!content) return await reply.code(404).type('text/plain').send('No such file.\n');
    return await reply.type('application/octet-stream').header('cache-control', 'no-store').send(content);
  });
}
