/** For modes that publish one tree for all: pushing it to other servers, and taking it away there. */
import type { Publication } from '../../image/publications.ts';
import type { Digest } from '../../image/types.ts';
import { SlipwayError } from '../../system/errors.ts';
import { sharedClients } from '../exports/clients.ts';
import { exportsLines, pushTree, unpushTree, type ExportAs, type PushContext } from './push.ts';
import { hexOf } from '../store.ts';
import { destinationsOf, pushOptions } from './servers.ts';

type Recorded = Pick<Publication, 'options'>;

/**
 * Pushes the tree to `to`, and says what must be exported there.
 * @param previous publication of the same generation: where the tree stays though it is not named any more is told
 * @returns what belongs into `options` of the publication; nothing without `to`
 * @throws SlipwayError `nfs/push-…`
 */
export async function pushPublished(
  root: string,
  digest: Digest,
  to: readonly string[] | undefined,
  as: ExportAs,
  context: PushContext,
  previous?: Recorded,
): Promise<Partial<ReturnType<typeof pushOptions>>> {
  const { installation, sink } = context;
  const pushed = await pushTree(root, digest, to ?? [], context);
  for (const text of previous ? destinationsOf(previous) : [])
    if (!pushed.some((one) => one.to.text === text))
      sink({
        event: 'notice',
        level: 'info',
        message: `the tree stays at ${text}, for nodes that run from it`,
      });
  if (pushed.length === 0) return {};
  const { config } = installation;
  sink({
    event: 'notice',
    level: 'info',
    message: 'the servers must export it: lines for their /etc/exports, then exportfs -ra',
    lines: exportsLines(pushed, sharedClients(config), as),
  });
  return pushOptions(
    pushed.map((one) => one.to),
    pushed.map(({ server }) => server),
  );
}

/** Takes the tree away from all servers that it was pushed to. One that cannot be reached is told: there it stays. */
export async function unpushPublished(
  digest: Digest,
  previous: Recorded,
  context: PushContext,
): Promise<void> {
  for (const text of destinationsOf(previous))
    try {
      await unpushTree(digest, text, context);
    } catch (error) {
      if (!(error instanceof SlipwayError) || context.signal?.aborted) throw error;
      const message = `the tree stays at ${text}, in trees/${hexOf(digest)}: ${error.message}`;
      context.sink({ event: 'notice', level: 'warning', message });
    }
}
