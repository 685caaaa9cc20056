/** From what is known of a boot to the class of what keeps it from being ready. */
import { STUCK, TRAPS, type CauseClass } from './causes.ts';
import type { SessionView, StageView } from './history.ts';
import type { LogLine } from './node-log.ts';
import type { Sighting } from './sighting.ts';

export interface Known {
  image?: string;
  macs: readonly string[];
  /** Whether Slipway's dnsmasq runs here. */
  dhcp: boolean;
  seen: Sighting;
  /** The newest boot. */
  boot?: SessionView;
  /** How many boots in a row, this one included, came no further than this stage. */
  circle: { attempts: number; stage?: string };
  lines: readonly LogLine[];
  /** Whether it has been in its stage for longer than boots are. */
  overdue: boolean;
}

export interface Diagnosis {
  state: 'ready' | 'waiting' | 'overdue' | 'failed';
  cause?: CauseClass;
  /** What exactly: the message of the trap, names of units. */
  detail?: string;
}

/** Tries in a row after which a loop is taken for a failure. */
const LOOP = 3;

export function diagnose(known: Known): Diagnosis {
  const { boot, seen, lines } = known;
  const last = boot ? Date.parse(lastStage(boot)?.at ?? boot.started) : 0;
  const asked = Math.max(seen.firmware ?? 0, seen.ipxe ?? 0);
  const refused = (seen.refused ?? 0) > last && (seen.refused ?? 0) >= asked - REFUSAL;
  if (known.image === undefined && !boot) return { state: 'failed', cause: 'no-image' };
  if (refused) return { state: 'failed', cause: 'refused', detail: seen.reason };
  if (asked > last) return beforeScript(known);
  if (!boot) {
    if (known.macs.length === 0) return { state: 'failed', cause: 'no-mac' };
    return { state: 'failed', cause: known.dhcp ? 'no-dhcp' : 'unseen' };
  }
  if (boot.state === 'trap') return trapped(boot);
  const panic = panicOf(lines);
  if (panic !== undefined) return { state: 'failed', cause: 'panic', detail: panic };
  if (boot.state === 'ready') return ready(boot);
  const stage = lastStage(boot)?.name ?? 'ipxe';
  if (boot.state === 'lost') return { state: 'failed', cause: STUCK[stage] ?? 'gone' };
  const { circle } = known;
  if (circle.attempts >= LOOP)
    return {
      state: 'failed',
      cause: STUCK[circle.stage ?? stage] ?? 'gone',
      detail: `${circle.attempts} boots in a row came no further than ${circle.stage ?? stage}`,
    };
  if (known.overdue) return { state: 'overdue', cause: STUCK[stage] ?? 'slow' };
  return { state: 'waiting' };
}

/** The stage that a boot is in: what comes after its result belongs to the running node. */
export function lastStage({ stages, state }: SessionView): StageView | undefined {
  return stages.findLast((stage) => stage.name === state) ?? stages.at(-1);
}

/** A refusal is known when iPXE has asked by DHCP first. */
const REFUSAL = 120_000;

function beforeScript({ seen, overdue }: Known): Diagnosis {
  const ipxe = (seen.ipxe ?? 0) >= (seen.firmware ?? 0);
  if (!overdue) return { state: 'waiting' };
  return { state: 'overdue', cause: ipxe ? 'no-script' : 'no-ipxe' };
}

function ready(boot: SessionView): Diagnosis {
  const failed = boot.stages.filter(({ name, detail }) => name === 'check' && !/^0(\s|$)/.test(detail ?? ''));
  if (failed.length > 0)
    return { state: 'ready', cause: 'check', detail: failed.map((one) => one.detail).join('\n') };
  const units = boot.stages.findLast((one) => one.name === 'ready')?.detail;
  return units ? { state: 'ready', cause: 'failed-units', detail: units } : { state: 'ready' };
}

function trapped(boot: SessionView): Diagnosis {
  const detail = boot.stages.findLast((one) => one.name === 'trap')?.detail ?? '';
  const [, code = '', message = ''] = /^(\S+)\s*([^]*)$/.exec(detail) ?? [];
  return { state: 'failed', cause: TRAPS[code] ?? 'initramfs', detail: message || code };
}

/** The kernel's own words, if it panicked. */
function panicOf(lines: readonly LogLine[]): string | undefined {
  // In dmesg it would be that of another boot.
  const found = lines.find(isPanic);
  return found && /Kernel panic - not syncing.*/.exec(found.line)?.[0];
}

export function isPanic({ source, line }: LogLine): boolean {
  return source === 'netconsole' && line.includes('Kernel panic - not syncing');
}
