/** Which paths services of an image write to, and no line of its tables names. */
import type { Generation } from '../../image/types.ts';
import type { Sink } from '../../system/events.ts';
import type { State } from '../mode.ts';
import { ownedWrites } from './owned.ts';
import { placeOf, readTables, type TableEntry, type Tables } from './tables.ts';
import { tmpfilesWrites } from './tmpfiles.ts';
import { unitWrites } from './units.ts';

/** A path that nothing covers. */
export interface Uncovered {
  /** Without links. */
  path: string;
  /** Units, files of tmpfiles.d, users. */
  by: string[];
  /** What says so: a setting of the unit, `known`, `owner`. */
  why: string[];
  /** Line for rwtab. */
  line: string;
  /** Whether the image has it: a table line for what is not there does nothing. */
  there: boolean;
}

export interface Findings {
  /** Table files of the image; none: Slipway's own tables are used. */
  files: string[];
  /** Lines of tables that do nothing, and why. */
  idle: { file: string; line: number; text: string; reason: string }[];
  uncovered: Uncovered[];
}

/** As `tables/rwtab` and `tables/statetab` beside the dracut module; a test compares them. */
export const OWN_RWTAB: readonly string[] = [
  '/tmp', '/var/tmp', '/var/log', '/var/cache', '/var/spool', '/var/mail', '/var/lib/systemd', '/var/lib/private', '/var/lib/dbus',
  '/var/lib/NetworkManager', '/var/lib/dhcp', '/var/lib/dhclient', '/var/lib/chrony', '/var/lib/ntp', '/var/lib/ntpsec',
  '/var/lib/logrotate', '/var/lib/logrotate.status', '/var/lib/nfs', '/var/lib/rsyslog', '/var/lib/sss', '/var/lib/gssproxy',
  '/var/lib/postfix', '/var/lib/sudo', '/var/lib/plymouth', '/var/lib/polkit-1', '/var/lib/munge', '/var/db/sudo', '/etc/adjtime',
  '/etc/resolv.conf', '/root',
]; // prettier-ignore
export const OWN_STATETAB: readonly string[] = ['/home', '/var/log', '/var/spool'];

/**
 * Looks at units that start, at tmpfiles.d, and at who owns what. Nothing is run.
 * @param root host path of the tree, which nobody changes meanwhile
 * @param state where state is kept: without it statetab is not used
 */
export async function checkReadonly(root: string, tables: Tables, state?: State): Promise<Findings> {
  const covered = new Set<string>();
  const idle: Findings['idle'] = [];
  const cover = async (entry: TableEntry | string) => {
    const place = await placeOf(root, typeof entry === 'string' ? entry : entry.path);
    if (place.there) covered.add(place.path);
    else if (typeof entry !== 'string' && !place.memory)
      idle.push({
        file: entry.file,
        line: entry.line,
        text: entry.path,
        reason: place.reason ?? 'the image has no such path',
      });
  };
  for (const entry of tables.rwtab.length > 0 ? tables.rwtab : OWN_RWTAB) await cover(entry);
  if (state === undefined ? tables.clientState !== undefined : state !== 'none')
    for (const entry of tables.statetab.length > 0 ? tables.statetab : OWN_STATETAB) await cover(entry);

  const uncovered = new Map<string, Uncovered>();
  const writes = [...(await unitWrites(root)), ...(await tmpfilesWrites(root)), ...(await ownedWrites(root))];
  for (const { path, by, why } of writes) {
    const place = await placeOf(root, path);
    if (place.reason !== undefined || place.memory || isCovered(place.path, covered)) continue;
    const { there } = place;
    const line = `files\t${place.path}`;
    const one = uncovered.get(place.path) ?? { path: place.path, by: [], why: [], line, there };
    if (!one.by.includes(by)) one.by.push(by);
    if (!one.why.includes(why)) one.why.push(why);
    uncovered.set(place.path, one);
  }
  const all = [...uncovered.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { files: tables.files, idle, uncovered: all };
}

function isCovered(path: string, covered: ReadonlySet<string>): boolean {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (covered.has(at)) return true;
  return false;
}

/** What is wrong, as warnings of publishing. */
export async function tellFindings(
  root: string,
  { name, generation }: Pick<Generation, 'name' | 'generation'>,
  tables: Tables | undefined,
  state: State | undefined,
  sink: Sink,
): Promise<void> {
  const { idle, uncovered } = await checkReadonly(root, tables ?? (await readTables(root)), state);
  if (uncovered.length > 0)
    sink({
      event: 'notice',
      level: 'warning',
      message: `services of ${name}:${generation} write to ${uncovered.length} ${uncovered.length === 1 ? 'path that is' : 'paths that are'} read-only on its nodes: slipway image check-readonly ${name}:${generation}`,
      lines: uncovered.slice(0, 20).map(({ path, by }) => `${path} (${by.join(', ')})`),
    });
  for (const { file, line, text, reason } of idle.slice(0, 20))
    sink({ event: 'notice', level: 'info', message: `${file}:${line}: ${text} does nothing: ${reason}` });
}
