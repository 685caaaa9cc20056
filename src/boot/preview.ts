import type { Db } from '../db/database.ts';
import { fail } from '../node/errors.ts';
import { showNode } from '../node/registry.ts';
import type { Installation } from '../system/config.ts';
import { makePlan, planScript } from './plan.ts';
import type { Images } from './images.ts';

/** Stands for the session that a real boot opens. */
const NO_SESSION = '0'.repeat(32);

/**
 * The script that a node would get now, without opening a session: the server's
 * address is the configured one, else the word SERVER.
 * @throws SlipwayError `node/unknown`, `node/no-image`, and as {@link makePlan} and {@link planScript}
 */
export async function previewScript(
  installation: Installation,
  db: Db,
  images: Pick<Images, 'resolve'>,
  name: string,
): Promise<string> {
  const node = await showNode(db, name);
  if (node.image === undefined) throw fail('no-image', { node: name });
  const { address, port } = installation.config.serve;
  const plan = await makePlan({ images, installation }, node, node.image, node.mode);
  return planScript(
    installation,
    { ...plan, host: address },
    `http://${address ?? 'SERVER'}:${port}`,
    NO_SESSION,
  );
}
