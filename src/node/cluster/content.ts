/** From files as people write them to files as the registry keeps them: contents by digest. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { CONTENT_LIMIT, digestOf } from '../../files/contents.ts';
import { SlipwayError } from '../../system/errors.ts';
import { placeOf, type SourceDocument } from '../../system/yaml.ts';
import type { FileSpec } from '../file-schema.ts';
import { fail } from './errors.ts';
import type { WrittenFile } from './schema.ts';

/** Contents by digest. */
export type Contents = Map<string, Buffer>;

/** @param path of the files in the document, such as `groups.rack1.files` @throws SlipwayError `cluster/source` */
export async function keepFiles(
  files: Record<string, WrittenFile | null>,
  document: SourceDocument,
  path: readonly string[],
  contents: Contents,
): Promise<Record<string, FileSpec | null>> {
  const kept: Record<string, FileSpec | null> = {};
  for (const [name, file] of Object.entries(files))
    kept[name] = file && (await keep(name, file, document, [...path, name], contents));
  return kept;
}

async function keep(
  name: string,
  { content, base64, source, ...rest }: WrittenFile,
  document: SourceDocument,
  path: readonly string[],
  contents: Contents,
): Promise<FileSpec> {
  if (content === undefined && base64 === undefined && source === undefined) return rest;
  const key = content !== undefined ? 'content' : base64 !== undefined ? 'base64' : 'source';
  const where = placeOf(document, [...path, key]);
  const bytes =
    source !== undefined
      ? await readSource(name, source, document.file, where)
      : Buffer.from(content ?? base64 ?? '', content === undefined ? 'base64' : 'utf8');
  if (bytes.length > CONTENT_LIMIT)
    throw fail('source', { path: name, source: key, reason: `it has ${bytes.length} bytes` }, { where });
  const digest = digestOf(bytes);
  contents.set(digest, bytes);
  return { ...rest, content: digest };
}

/** A file in the directory of the cluster file; symbolic links must stay in it. */
async function readSource(
  path: string,
  source: string,
  file: string,
  where: SlipwayError['where'],
): Promise<Buffer> {
  const bad = (reason: string, cause?: unknown) =>
    fail('source', { path, source: JSON.stringify(source), reason }, { where, cause });
  if (isAbsolute(source)) throw bad('it is an absolute path');
  try {
    const directory = await realpath(dirname(file));
    const found = await realpath(resolve(directory, source));
    if (!found.startsWith(directory + (directory.endsWith(sep) ? '' : sep)))
      throw bad('it leads out of the directory of the cluster file');
    await using handle = await open(found, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const info = await handle.stat();
    if (!info.isFile()) throw bad('it is no regular file');
    if (info.size > CONTENT_LIMIT) throw bad(`it has ${info.size} bytes`);
    return await handle.readFile();
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw bad(code === 'ENOENT' ? 'it is not there' : (code ?? message), cause);
  }
}
