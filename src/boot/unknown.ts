/** What a machine gets that is not in the registry: `unknown` in the configuration. */
import type { Db } from '../db/database.ts';
import type { Architecture } from '../node/node.ts';
import { SERVER } from '../node/entry.ts';
import { addNodes } from '../node/registry.ts';
import type { Config } from '../system/config.ts';
import { SlipwayError } from '../system/errors.ts';

/** Machines that may have registered themselves: a cable into the network must not fill the disk. */
const REGISTERED_LIMIT = 5000;

/** Either an image to boot under a name, or why the local disk is next. */
export type Unknown = { name: string; image: string } | { why: string; registered?: string };

export async function unknownMachine(
  db: Db,
  mac: string,
  architecture: Architecture,
  config: Config,
): Promise<Unknown> {
  const { answer, image } = config.unknown;
  const name = `mac-${mac.replaceAll(':', '')}`;
  if (answer === 'image' && image !== undefined) return { name, image };
  if (answer === 'register') return await register(db, name, mac, architecture);
  return { why: `${mac} is not in the registry` };
}

async function register(db: Db, name: string, mac: string, architecture: Architecture): Promise<Unknown> {
  const { count } = await db
    .selectFrom('node')
    .select((e) => e.fn.countAll<number | string>().as('count'))
    .where('origin', '=', 'registered')
    .executeTakeFirstOrThrow();
  if (Number(count) >= REGISTERED_LIMIT) return { why: 'too many machines registered themselves' };
  try {
    await addNodes(db, name, { macs: [mac], architecture }, { actor: SERVER, origin: 'registered' });
    return { why: `registered as ${name}, without an image yet`, registered: name };
  } catch (error) {
    // The same machine asked twice at once, or somebody has given its name to another node.
    if (error instanceof SlipwayError) return { why: error.message };
    throw error;
  }
}
