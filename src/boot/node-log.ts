/**
 * What a node said in one boot, line by line: bounded, and harmless to show. Lines
 * by UDP come from whoever has the node's address; those by HTTP had its token.
 */
import type { Db } from '../db/database.ts';

/** `syslog`: iPXE and initramfs; `netconsole`: the kernel, its last words too; `dmesg`, `boot.log`: sent with the session's token. */
export const LOG_SOURCES = ['syslog', 'netconsole', 'dmesg', 'boot.log'] as const;
export type LogSource = (typeof LOG_SOURCES)[number];
/** Sources whose lines nobody else could have sent. */
const AUTHENTIC: ReadonlySet<string> = new Set<LogSource>(['dmesg', 'boot.log']);

/** Bytes of one line, and lines of one source in one session: the newest are kept. */
export const LINE_LIMIT = 500;
export const LINES_LIMIT = 1000;

export interface LogLine {
  /** When the server got it, ISO. */
  at: string;
  source: string;
  line: string;
  /** Whether it came with the session's token. */
  authentic: boolean;
}

/** A line that no terminal obeys, of bounded size. */
export function cleanLine(text: string): string {
  const clean = text
    .slice(0, LINE_LIMIT * 2)
    .replaceAll('\t', ' ')
    .replaceAll(/\p{Cc}|\p{Cs}|[\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd')
    .trimEnd();
  if (Buffer.byteLength(clean) <= LINE_LIMIT) return clean;
  return Buffer.from(clean)
    .subarray(0, LINE_LIMIT - 3)
    .toString('utf8');
}

export interface NewLine {
  session: string;
  at: number;
  source: LogSource;
  line: string;
}

/** Adds lines, cleaned before, and forgets the oldest of each session and source that has too many. */
export async function addLines(db: Db, lines: readonly NewLine[]): Promise<void> {
  await db.transaction().execute(async (t) => {
    const known = new Set(await knownSessions(t, [...new Set(lines.map((one) => one.session))]));
    const rows = lines
      .filter((one) => known.has(one.session))
      .map(({ session, at, source, line }) => ({ session_id: session, at, source, line }));
    for (let i = 0; i < rows.length; i += CHUNK)
      await t
        .insertInto('node_log')
        .values(rows.slice(i, i + CHUNK))
        .execute();
    const rings = new Set(rows.map((row) => `${row.session_id} ${row.source}`));
    for (const ring of rings) {
      const [session = '', source = ''] = ring.split(' ');
      await trim(t, session, source);
    }
  });
}

/** Puts lines in the place of those that the session had from this source. */
export async function replaceLines(
  db: Db,
  session: string,
  source: LogSource,
  lines: readonly string[],
  at: number,
): Promise<void> {
  await db.transaction().execute(async (t) => {
    await t.deleteFrom('node_log').where('session_id', '=', session).where('source', '=', source).execute();
  });
  await addLines(
    db,
    lines.slice(-LINES_LIMIT).map((line) => ({ session, at, source, line })),
  );
}

/** The last lines of a session, in the order in which they came. @param limit of each source */
export async function readLines(db: Db, session: string, limit = LINES_LIMIT): Promise<LogLine[]> {
  const rows = [];
  for (const source of LOG_SOURCES)
    rows.push(
      ...(await db
        .selectFrom('node_log')
        .selectAll()
        .where('session_id', '=', session)
        .where('source', '=', source)
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()),
    );
  return rows
    .toSorted((a, b) => a.id - b.id)
    .map(({ at, source, line }) => ({
      at: new Date(at).toISOString(),
      source,
      line,
      authentic: AUTHENTIC.has(source),
    }));
}

const CHUNK = 200;

async function knownSessions(t: Db, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < ids.length; i += CHUNK) {
    const rows = await t
      .selectFrom('boot_session')
      .select('id')
      .where('id', 'in', ids.slice(i, i + CHUNK))
      .execute();
    found.push(...rows.map((row) => row.id));
  }
  return found;
}

async function trim(t: Db, session: string, source: string): Promise<void> {
  const oldest = await t
    .selectFrom('node_log')
    .select('id')
    .where('session_id', '=', session)
    .where('source', '=', source)
    .orderBy('id', 'desc')
    .offset(LINES_LIMIT)
    .limit(1)
    .executeTakeFirst();
  if (!oldest) return;
  await t
    .deleteFrom('node_log')
    .where('session_id', '=', session)
    .where('source', '=', source)
    .where('id', '<=', oldest.id)
    .execute();
}
