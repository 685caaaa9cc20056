/** Contents of node files: each once, named by its digest, so that a change keeps no copies. */
import { createHash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import type { Db } from '../db/database.ts';
import { chunks } from '../node/expand.ts';
import { fail } from './errors.ts';

/** Bytes of one file. */
export const CONTENT_LIMIT = 16 << 20;

export type ContentDigest = `sha256:${string}`;

export function digestOf(content: string | Uint8Array): ContentDigest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Keeps a content and returns what FileSchema's `content` names it by. @throws SlipwayError `file/large` */
export async function putContent(db: Db, path: string, content: Uint8Array): Promise<ContentDigest> {
  if (content.length > CONTENT_LIMIT)
    throw fail('large', { path, size: content.length, limit: CONTENT_LIMIT });
  const digest = digestOf(content);
  await db
    .insertInto('file_content')
    .values({ digest, content, created: Date.now() })
    .onConflict((c) => c.column('digest').doNothing())
    .execute();
  return digest;
}

/** A content by its digest; nothing if it is not kept. */
export async function readContent(db: Db, digest: string): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('file_content')
    .select('content')
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row && Buffer.from(row.content);
}

const NAMED = /"content":"(sha256:[0-9a-f]{64})"/g;

/**
 * Removes contents that nothing names any more: no node, group or profile, and no change of the
 * history, which could be undone. Returns how many. One transaction: what is written meanwhile is safe.
 */
export async function collectContents(db: Db): Promise<number> {
  return await db.transaction().execute(async (t) => {
    const all = await t.selectFrom('file_content').select('digest').execute();
    if (all.length === 0) return 0;
    const named = new Set<string>();
    const look = (text: string) => {
      for (const [, digest = ''] of text.matchAll(NAMED)) named.add(digest);
    };
    for (const row of await t.selectFrom('node').select('document').execute()) look(row.document);
    for (const row of await t.selectFrom('preset').select('document').execute()) look(row.document);
    const rows = await t.selectFrom('change').select('id').execute();
    for (const part of chunks(rows.map((row) => row.id))) {
      const entries = await t.selectFrom('change').select('entries').where('id', 'in', part).execute();
      for (const row of entries) look(zstdDecompressSync(row.entries).toString());
    }
    const gone = all.filter((row) => !named.has(row.digest)).map((row) => row.digest);
    for (const part of chunks(gone)) await t.deleteFrom('file_content').where('digest', 'in', part).execute();
    return gone.length;
  });
}
