/** The files of a node, for people. */
import type { Db } from '../db/database.ts';
import type { Resolved } from '../image/types.ts';
import { showNode } from '../node/registry.ts';
import { closest } from '../system/closest.ts';
import { fail } from './errors.ts';
import type { FilesContext } from './context.ts';
import { originsOf, renderFiles } from './render.ts';
import { payload, type RenderedFile } from './rendered.ts';

export interface FileView {
  path: string;
  kind: RenderedFile['kind'];
  mode: string;
  owner: string;
  group: string;
  /** `node`, `group:NAME`, `profile:NAME`, `default` */
  source: string;
  /** Of the content; of a secret one that tells nothing of it. */
  digest: string;
  /** Bytes. */
  size: number;
  secret: boolean;
  refresh: boolean;
  run?: string;
  /** Of a link. */
  target?: string;
  /** It is made only if the image has this directory. */
  within?: string;
}

type Images = { resolve: (ref: string) => Promise<Resolved> };

/** All files that a node would get now, sorted by path. @throws SlipwayError `node/unknown`, and as {@link renderFiles} */
export async function nodeFiles(
  context: FilesContext,
  images: Images,
  db: Db,
  name: string,
): Promise<RenderedFile[]> {
  const node = await showNode(db, name);
  const { image } = node;
  const files = await renderFiles(context, node, {
    origins: await originsOf(db, node.id),
    image: image === undefined ? undefined : () => images.resolve(image),
  });
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

export function viewOf(file: RenderedFile): FileView {
  const {
    path,
    kind,
    mode,
    owner,
    group,
    source = 'default',
    digest,
    secret,
    refresh,
    run,
    target,
    within,
  } = file;
  const size = payload(file)?.length ?? 0;
  return {
    path,
    kind,
    mode,
    owner,
    group,
    source,
    digest,
    size,
    secret,
    refresh,
    ...(run !== undefined && { run }),
    ...(target !== undefined && { target }),
    ...(within !== undefined && { within }),
  };
}

/**
 * One of these files, to be shown.
 * @throws SlipwayError `file/not-a-file`, `file/secret-hidden`
 */
export function shownFile(
  files: readonly RenderedFile[],
  node: string,
  path: string,
  showSecrets: boolean,
): RenderedFile {
  const found = files.find((file) => file.path === path);
  if (!found) {
    const near = closest(
      path,
      files.map((file) => file.path),
    );
    throw fail('not-a-file', { path, node, near: near ? `Did you mean ${near}? ` : '' });
  }
  if (found.secret && !showSecrets) throw fail('secret-hidden', { path, node });
  return found;
}
