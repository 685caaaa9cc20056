/** Stage reports of nodes: docs/boot-protocol.md, section 6. Whatever comes in is bounded before it is kept. */
import type { Db } from '../db/database.ts';
import { bootClock } from './clock.ts';
import { fail } from './errors.ts';
import { cleanLine, replaceLines } from './node-log.ts';
import { findSession, refuseEnded, runningSession, tokenFits, type Session } from './session.ts';
import { addStage } from './stages.ts';

/** Stages that a node may report; `dhcp`, `ipxe`, `kernel`, `initrd` and `loaded` are the server's. */
const STAGES = [
  'initramfs',
  'manifest',
  'layer',
  'root',
  'switch-root',
  'services',
  'check',
  'ready',
  'trap',
  // A node that runs could not refresh its files.
  'refresh',
] as const;
export type NodeStage = (typeof STAGES)[number];

/** Bytes of `detail`, and of a whole report. */
export const DETAIL_LIMIT = 4096;
export const BODY_LIMIT = 16_384;
/** Stages of one session: 500 layers and some checks fit. */
const STAGE_LIMIT = 1000;

export interface Report {
  session: string;
  stage: NodeStage;
  uptime?: number;
  detail?: string;
  bytes?: number;
  seconds?: number;
}

/** Reads the body of a report. @throws SlipwayError `boot/bad-report` */
export function parseReport(body: string): Report {
  if (Buffer.byteLength(body) > BODY_LIMIT) throw fail('bad-report', { reason: 'it is too long' });
  const fields = new URLSearchParams(body);
  for (const key of new Set(fields.keys()))
    if (fields.getAll(key).length > 1) throw fail('bad-report', { reason: 'a field is given twice' });
  const stage = STAGES.find((one) => one === fields.get('stage'));
  if (!stage) throw fail('bad-report', { reason: 'its stage is none that a node reports' });
  const detail = fields.get('detail');
  return {
    session: fields.get('session') ?? '',
    stage,
    uptime: number(fields, 'uptime', 1e9),
    bytes: number(fields, 'bytes', 2 ** 50),
    seconds: number(fields, 'seconds', 1e7),
    detail: detail === null || detail === '' ? undefined : cleanDetail(detail),
  };
}

/**
 * Keeps a report. Returns the session it belongs to.
 * @throws SlipwayError `boot/unknown-session`, `boot/wrong-token`, `boot/ended-session`, `boot/too-many-reports`
 */
export async function acceptReport(db: Db, token: string, report: Report, at?: number): Promise<Session> {
  return await db.transaction().execute(async (t) => {
    const now = at ?? bootClock.now();
    const session = await runningSession(t, report.session, token, now);
    if (report.stage !== 'refresh') refuseEnded(session, now);
    const { uptime, detail, bytes, seconds } = report;
    const before = await addStage(t, session, report.stage, { uptime, detail, bytes, seconds, now });
    if (before >= STAGE_LIMIT) throw fail('too-many-reports', { session: session.id });
    return session;
  });
}

/** Bytes of a log that a node sends. */
export const LOG_LIMIT = 65_536;

/**
 * Keeps the log that a node sends of its boot, in the place of what it had sent of this source before.
 * @throws SlipwayError `boot/bad-log`, and as {@link acceptReport}
 */
export async function acceptLog(
  db: Db,
  token: string,
  id: string,
  source: string,
  text: string,
  now = bootClock.now(),
): Promise<Session> {
  const session = await findSession(db, id);
  if (!tokenFits(session, token)) throw fail('wrong-token', { session: session.id });
  refuseEnded(session, now);
  if (source !== 'dmesg' && source !== 'boot.log')
    throw fail('bad-log', { reason: 'its source is neither dmesg nor boot.log' });
  const lines = text.slice(0, LOG_LIMIT).split('\n').map(cleanLine);
  await replaceLines(
    db,
    session.id,
    source,
    lines.filter((line) => line !== ''),
    now,
  );
  return session;
}

/** Decimal, not negative. */
function number(fields: URLSearchParams, name: string, limit: number): number | undefined {
  const text = fields.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^\d{1,16}(\.\d{1,9})?$/.test(text) || value > limit)
    throw fail('bad-report', { reason: `${name} is no number, or too large` });
  return name === 'bytes' ? Math.trunc(value) : value;
}

/** Text that no terminal obeys and that has a bounded size. Lines and tabs stay. */
function cleanDetail(detail: string): string {
  const text = detail.replaceAll(/(?![\t\n])\p{Cc}|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
  if (Buffer.byteLength(text) <= DETAIL_LIMIT) return text;
  // A character cut in two becomes one replacement character of three bytes.
  return Buffer.from(text)
    .subarray(0, DETAIL_LIMIT - 3)
    .toString('utf8');
}
