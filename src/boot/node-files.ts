/** What a boot session's node gets besides the image, as the registry has it now. */
import type { FilesContext } from '../files/context.ts';
import { renderFiles } from '../files/render.ts';
import type { RenderedFile } from '../files/rendered.ts';
import type { Images } from './images.ts';
import { currentNode, type Node } from '../node/node.ts';
import type { Session } from './session.ts';

export interface SessionFiles {
  /** Nothing for a machine that is not in the registry, or is not any more. */
  node?: Node;
  files: RenderedFile[];
}

/** @throws SlipwayError as {@link renderFiles} */
export async function sessionFiles(
  context: FilesContext,
  images: Pick<Images, 'resolve'>,
  session: Pick<Session, 'node_id' | 'digest' | 'mac'>,
  options: { hostKeys?: boolean } = {},
): Promise<SessionFiles> {
  const node = session.node_id === null ? undefined : await currentNode(context.db, session.node_id);
  if (!node) return { files: [] };
  const image = () => images.resolve(session.digest);
  return { node, files: await renderFiles(context, node, { ...options, image, bootMac: session.mac }) };
}
