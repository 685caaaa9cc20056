/** How long boots stay in a stage: measured on those that got ready. */
import type { Db } from '../db/database.ts';
import { sessionViews, type SessionView } from './history.ts';

/** Boots that are looked at. */
const BOOTS = 30;
/** Seconds after which a boot is overdue where none can be compared with. */
const WITHOUT_COMPARISON: Record<string, number> = {
  dhcp: 120,
  ipxe: 180,
  kernel: 180,
  initrd: 180,
  loaded: 300,
  root: 120,
};
const DEFAULT = 600;
/** A stage may take so many times what it took at most, and a minute besides. */
const FACTOR = 3;
const SLACK = 60;

export interface Usual {
  /** Boots that it was measured on. */
  boots: number;
  /** Seconds until the next stage: the middle one and the longest. */
  median: number;
  longest: number;
}

/** What boots like this one took from `stage` to whatever came next; nothing if there was none. */
export async function usualStay(
  db: Db,
  boot: Pick<SessionView, 'session' | 'image' | 'mode'>,
  stage: string,
): Promise<Usual | undefined> {
  const image = boot.image.replace(/:\d+$/, '');
  const rows = await db
    .selectFrom('boot_session')
    .selectAll()
    .where('stage', '=', 'ready')
    .where('mode', '=', boot.mode)
    .where('image', 'like', `${image.replaceAll(/[\\%_]/g, '')}:%`)
    .where('id', '<>', boot.session)
    .orderBy('created', 'desc')
    .limit(BOOTS)
    .execute();
  const stays = (await sessionViews(db, rows)).flatMap(({ stages }) => {
    const at = stages.findLastIndex((one) => one.name === stage);
    const next = stages[at + 1];
    return at >= 0 && next ? [next.step] : [];
  });
  if (stays.length === 0) return undefined;
  const sorted = stays.toSorted((a, b) => a - b);
  return {
    boots: stays.length,
    median: sorted[sorted.length >> 1] ?? 0,
    longest: sorted.at(-1) ?? 0,
  };
}

/** Seconds that a boot may stay in a stage before it is overdue. */
export function patience(stage: string, usual: Usual | undefined): number {
  if (!usual) return WITHOUT_COMPARISON[stage] ?? DEFAULT;
  return Math.max(usual.longest * FACTOR, usual.longest + SLACK);
}
