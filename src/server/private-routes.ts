/** `/boot/private/…`: what of a shared tree is not for everybody on the network. docs/boot-protocol.md, section 13. */
import type { FastifyInstance } from 'fastify';
import { privateBlob } from '../boot/private.ts';
import type { SendBlob } from './blobs.ts';
import type { BootRoutes } from './boot-routes.ts';
import { bearer, clientAddress } from './host.ts';

export function privateRoutes(app: FastifyInstance, { db, images }: BootRoutes, send: SendBlob): void {
  app.get<{ Params: { id: string; hex: string } }>('/boot/private/:id/:hex', async (request, reply) => {
    const { id, hex } = request.params;
    const digest = await privateBlob(db, id, bearer(request), clientAddress(request), hex);
    const blob = digest && (await images.promised(digest));
    if (!blob) return await reply.code(404).type('text/plain').send('No such blob.\n');
    return await send(request, reply, { ...blob, digest }, false);
  });
}
