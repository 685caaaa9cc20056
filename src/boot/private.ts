/** Who may have the private layer of a tree: the node that was told of it, with the token of its boot. */
import type { Db } from '../db/database.ts';
import type { Digest } from '../image/types.ts';
import { fail } from './errors.ts';
import { runningSession, type Given } from './session.ts';

/**
 * The blob, if the node.conf of this session names it: what was published in between changes nothing for a node on its way.
 * @throws SlipwayError `boot/unknown-session`, `boot/wrong-token`, `boot/ended-session`, `boot/wrong-client`
 */
export async function privateBlob(
  db: Db,
  id: string,
  token: string,
  client: string,
  hex: string,
): Promise<Digest | undefined> {
  const session = await runningSession(db, id, token);
  if (session.client !== client) throw fail('wrong-client', { session: id });
  const [, named] = ((JSON.parse(session.given) as Given).settings?.['private'] ?? '').split(' ');
  return named === hex && /^[0-9a-f]{64}$/.test(hex) ? `sha256:${hex}` : undefined;
}
