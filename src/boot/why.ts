/** `slipway boot why`: where a node's boot is, what keeps it there, and the last that the node said. */
import type { Db } from '../db/database.ts';
import { showNode } from '../node/registry.ts';
import { bootClock } from './clock.ts';
import { CAUSES, type CauseClass } from './causes.ts';
import { diagnose, isPanic, lastStage, type Diagnosis } from './diagnose.ts';
import { sessionsOf, type SessionView } from './history.ts';
import { readLines, type LogLine } from './node-log.ts';
import { sightingsOf } from './sighting.ts';
import { patience, usualStay, type Usual } from './usual.ts';

export interface Why {
  node: string;
  state: Diagnosis['state'];
  /** Of the newest boot: `name:generation`; of a node without one null. */
  image: string | null;
  mode: string | null;
  session: string | null;
  /** The last stage. */
  stage: string | null;
  /** When that was, ISO, and how many seconds ago. */
  since: string | null;
  seconds: number | null;
  /** What boots like this one take from this stage to the next. */
  usual: Usual | null;
  /** Seconds after which it counts as overdue. */
  patience: number | null;
  cause: { class: CauseClass; what: string; detail: string | null; todo: string } | null;
  /** The last lines that the node sent. */
  lines: LogLine[];
}

/** Lines of each source that are looked at. */
const LINES = 200;
/** Lines of each source that are shown, where nothing says which matter. */
const SHOWN: Record<string, number> = { dmesg: 5, netconsole: 10, syslog: 15, 'boot.log': 15 };

/** Those that tell most: around the panic, or the last ones. */
function telling(lines: readonly LogLine[]): LogLine[] {
  const kernel = lines.filter((one) => one.source === 'netconsole');
  const panic = kernel.findIndex(isPanic);
  if (panic >= 0) return kernel.slice(Math.max(0, panic - 5), panic + 10);
  // What came by UDP came once more with the token, if the node got that far.
  const twice = lines.some((one) => one.source === 'boot.log');
  return Object.entries(SHOWN).flatMap(([source, count]) =>
    twice && source === 'syslog' ? [] : lines.filter((one) => one.source === source).slice(-count),
  );
}

/** @param dhcp whether Slipway's dnsmasq runs here. @throws SlipwayError `node/unknown` */
export async function whyNotReady(db: Db, name: string, dhcp: boolean, now = bootClock.now()): Promise<Why> {
  const node = await showNode(db, name);
  const boots = await sessionsOf(db, node.id, now);
  const [boot] = boots;
  const seen = (await sightingsOf(db, [node.id])).get(node.id) ?? {};
  const lines = boot ? await readLines(db, boot.session, LINES) : [];
  const last = boot && lastStage(boot);
  const asked = Math.max(seen.firmware ?? 0, seen.ipxe ?? 0);
  const again = asked > Date.parse(last?.at ?? '1970-01-01');
  const stage = again ? 'dhcp' : (last?.name ?? null);
  const at = again ? asked : last ? Date.parse(last.at) : null;
  const usual = boot && stage !== null ? await usualStay(db, boot, stage) : undefined;
  const seconds = at === null ? null : Math.max(0, now - at) / 1000;
  const limit = stage === null ? null : patience(stage, usual);
  const found = diagnose({
    image: node.image,
    macs: node.macs,
    dhcp,
    seen,
    boot,
    circle: circle(boots, now),
    lines,
    overdue: seconds !== null && limit !== null && seconds > limit,
  });
  const waits = found.state === 'waiting' || found.state === 'overdue';
  return {
    node: node.name,
    state: found.state,
    image: boot?.image ?? null,
    mode: boot?.mode ?? null,
    session: boot?.session ?? null,
    stage,
    since: at === null ? null : new Date(at).toISOString(),
    seconds,
    usual: waits ? (usual ?? null) : null,
    patience: waits ? limit : null,
    cause: found.cause ? { class: found.cause, ...CAUSES[found.cause], detail: found.detail ?? null } : null,
    lines: telling(lines),
  };
}

const ORDER = ['dhcp', 'ipxe', 'kernel', 'initrd', 'loaded', 'initramfs', 'manifest', 'layer', 'root'];
const place = (boot: SessionView) => {
  const at = ORDER.indexOf(boot.stages.at(-1)?.name ?? '');
  return at < 0 ? ORDER.length : at;
};
/** Boots that began so long ago say nothing about now. */
const RECENT = 3600_000;

/**
 * The newest boot and those right before it that were given up: a node that goes
 * round in circles. `stage`: how far they came. One that is further by now counts for itself.
 */
export function circle(boots: readonly SessionView[], now: number): { attempts: number; stage?: string } {
  const [newest, ...older] = boots;
  if (!newest) return { attempts: 0 };
  const end = older.findIndex((boot) => boot.state !== 'lost' || now - Date.parse(boot.started) > RECENT);
  const lost = end < 0 ? older : older.slice(0, end);
  const furthest = lost.toSorted((a, b) => place(b) - place(a))[0];
  if (!furthest || place(newest) > place(furthest)) return { attempts: 1 };
  return { attempts: lost.length + 1, stage: furthest.stages.at(-1)?.name };
}
