/** The audit log: every change that somebody asked for, and every refusal. Bounded; refusals cannot push changes out. */
import type { Db } from '../db/database.ts';
import { withoutTokens } from './tokens.ts';

/** Kept of each, the newest. */
const KEPT = { changes: 100_000, refusals: 10_000 };
/** Old ones are looked for once in so many entries. */
const TRIM_EVERY = 500;
const DETAIL = 2000;
/** Statuses of answers to those who may not. */
const REFUSED = [401, 403, 429];

export interface AuditEntry {
  /** `token:NAME (ID)`, `root`, or nothing known. */
  who: string;
  /** Address, `socket`, or `local`. */
  client: string;
  /** Name of the operation. */
  operation: string;
  detail: string;
  /** HTTP status of the answer. */
  status: number;
}

export interface AuditView extends AuditEntry {
  id: number;
  /** ISO time. */
  at: string;
}

let written = 0;

export async function writeAudit(db: Db, entry: AuditEntry, now = Date.now()): Promise<void> {
  const whole = withoutTokens(entry.detail);
  const detail = whole.length > DETAIL ? `${whole.slice(0, DETAIL)}…` : whole;
  const operation = withoutTokens(entry.operation);
  await db
    .insertInto('audit')
    .values({ ...entry, operation, detail, at: now })
    .execute();
  if (written++ % TRIM_EVERY === 0) await trimAudit(db);
}

/** Deletes what is more than is kept. */
export async function trimAudit(db: Db, kept = KEPT): Promise<void> {
  for (const [refused, count] of [
    [false, kept.changes],
    [true, kept.refusals],
  ] as const) {
    const operator = refused ? 'in' : 'not in';
    await db
      .deleteFrom('audit')
      .where('status', operator, REFUSED)
      .where('id', '<=', (e) =>
        e
          .selectFrom('audit')
          .select('id')
          .where('status', operator, REFUSED)
          .orderBy('id', 'desc')
          .offset(count)
          .limit(1),
      )
      .execute();
  }
}

/** The newest entries, the newest first. `before`: only those with a smaller id. */
export async function readAudit(
  db: Db,
  options: { limit: number; before?: number; refused?: boolean },
): Promise<AuditView[]> {
  const { limit, before, refused } = options;
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .$if(before !== undefined, (q) => q.where('id', '<', before ?? 0))
    .$if(refused !== undefined, (q) => q.where('status', refused ? 'in' : 'not in', REFUSED))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() }));
}

/** The input of an operation as one line: long values cut, secrets left out. */
export function summarize(input: unknown, secret: readonly string[] = []): string {
  const text = asJson(input, (key, value: unknown) => {
    if (
      secret.includes(key) ||
      (key !== '' && /passw|secret|token|private/i.test(key) && typeof value === 'string')
    )
      return '…';
    return typeof value === 'string' && value.length > 300 ? `${value.slice(0, 300)}…` : value;
  });
  return text ?? '';
}

/** What is refused because it is nested without end is written down too. */
function asJson(value: unknown, replacer: (key: string, value: unknown) => unknown): string | undefined {
  try {
    return JSON.stringify(value, replacer);
  } catch (error) {
    if (error instanceof RangeError) return '(nested too deep to be shown)';
    throw error;
  }
}
