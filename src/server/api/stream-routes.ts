/** `/events` and `/builds/:build/events`. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Db } from '../../db/database.ts';
import type { BuildEvent } from '../../jobs/build-table.ts';
import type { Builds } from '../../jobs/builds.ts';
import type { Ring } from '../../jobs/ring.ts';
import { expandNodes } from '../../node/expand.ts';
import { checkInput } from '../../operations/call.ts';
import { fail as operationError } from '../../operations/errors.ts';
import { fromQuery } from '../../operations/http.ts';
import { buildEvents, events, type Stream } from '../../operations/streams.ts';
import { fail } from './errors.ts';
import type { Guard } from './guard.ts';
import type { Hub, HubEvent } from './hub.ts';
import { stream, type StreamOptions } from './sse.ts';

const LISTENERS = 200;

export interface StreamServer {
  db: Db;
  hub: Hub;
  builds?: Builds;
  guard: Guard;
  /** Most at a time. */
  limit?: number;
}

export class Streams {
  readonly #server: StreamServer;
  readonly #open = new Set<() => void>();
  readonly #epoch = randomBytes(6).toString('hex');

  constructor(server: StreamServer) {
    this.#server = server;
  }

  /** Ends all. */
  close(): void {
    for (const end of this.#open) end();
  }

  mount(app: FastifyInstance): void {
    const { db, hub, builds } = this.#server;
    this.#route<HubEvent>(app, events, async (input) => {
      const { nodes, types } = input as z.output<typeof events.input>;
      const wanted =
        nodes === undefined ? undefined : new Set((await expandNodes(db, nodes)).map((one) => one.name));
      return [
        hub.ring,
        {
          from: 'now',
          tell(event) {
            if (types && !types.includes(event.type)) return undefined;
            // Builds are about no node.
            if (wanted && ![...(event.nodes ?? [])].some((name) => wanted.has(name))) return undefined;
            return event;
          },
        },
      ];
    });
    this.#route<BuildEvent>(app, buildEvents, async (input) => {
      const { build } = input as z.output<typeof buildEvents.input>;
      if (!builds) throw operationError('server-only', { operation: buildEvents.name });
      return [
        await builds.events(build),
        {
          from: 'start',
          tell: (event) => ({
            type: typeof event['event'] === 'string' ? event['event'] : 'event',
            data: event,
          }),
          ends: (event) => event['event'] === 'build' && event['ended'] !== undefined,
        },
      ];
    });
  }

  #route<T>(
    app: FastifyInstance,
    one: Stream,
    open: (input: unknown) => Promise<[Ring<T>, Pick<StreamOptions<T>, 'from' | 'tell' | 'ends'>]>,
  ): void {
    app.get<{ Params: Record<string, string> }>(
      one.path,
      { config: { operation: { ...one, method: 'GET' } } },
      async (request, reply) => {
        const query = new URLSearchParams(request.raw.url?.replace(/^[^?]*\??/s, '') ?? '');
        const input = checkInput(one, { ...fromQuery(one, query), ...request.params });
        const [ring, how] = await open(input);
        if (this.#open.size >= (this.#server.limit ?? LISTENERS))
          throw fail('too-many-listeners', { count: this.#open.size });
        return this.#begin(request, reply, ring, how);
      },
    );
  }

  #begin<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    ring: Ring<T>,
    how: Pick<StreamOptions<T>, 'from' | 'tell' | 'ends'>,
  ): FastifyReply {
    reply.hijack();
    const last = request.headers['last-event-id'];
    const end = stream(reply.raw, ring, {
      ...how,
      epoch: this.#epoch,
      last: typeof last === 'string' ? last : undefined,
      // A token that was removed, or has expired, ends what it began.
      allowed: async () =>
        await this.#server.guard.identify(request.raw).then(
          () => true,
          () => false,
        ),
    });
    this.#open.add(end);
    reply.raw.once('close', () => this.#open.delete(end));
    return reply;
  }
}
