/** Content of a file as it was given, or of a template: made once of the same input. */
import type { Resolved } from '../image/types.ts';
import type { FileSpec } from '../node/file-schema.ts';
import { SlipwayError } from '../system/errors.ts';
import { digestOf, readContent } from './contents.ts';
import type { Bytes, FilesContext } from './context.ts';
import { fail } from './errors.ts';
import { imageScope, type NodeScope } from './scope.ts';
import { inputDigest, parseTemplate, renderTemplate, usesRoot } from './template.ts';

/** Milliseconds for which a template that was too much work is not tried again. */
const PAUSE = 60_000;

/**
 * @param image asked only if the template wants it
 * @throws SlipwayError `file/no-content`, `file/variable`, `file/template`, `file/limit`
 */
export async function bytesOf(
  context: FilesContext,
  path: string,
  spec: FileSpec,
  node: NodeScope,
  image?: () => Promise<Resolved>,
): Promise<Bytes> {
  const digest = spec.content ?? '';
  const content = await context.contents.get(digest, async () => {
    const found = await readContent(context.db, digest);
    if (!found) throw fail('no-content', { digest, path });
    return found;
  });
  if (!spec.template) return { content, digest };
  const template = await context.templates.get(digest, () => parseTemplate(content.toString(), path));
  const cluster = usesRoot(template, 'cluster') ? await context.cluster.read() : undefined;
  const booted = usesRoot(template, 'image') ? await image?.() : undefined;
  const scope = { node, cluster: cluster?.scope, image: booted && imageScope(booted) };
  return await context.results.get(`${digest} ${inputDigest(template, scope, cluster?.digest)}`, () => {
    context.rendered++;
    const made = Buffer.from(bounded(context, digest, () => renderTemplate(template, scope, path)));
    return { content: made, digest: digestOf(made) };
  });
}

/** A template that is too much work would keep the server from all else, for each node that wants it. */
function bounded({ tooMuch }: FilesContext, digest: string, work: () => string): string {
  const now = performance.now();
  const known = tooMuch.get(digest);
  if (known && now < known.until) throw known.error;
  tooMuch.delete(digest);
  try {
    return work();
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'file/limit')
      tooMuch.set(digest, { until: now + PAUSE, error });
    throw error;
  }
}
