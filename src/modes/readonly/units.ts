/** Units of systemd that an image starts, and where they write by what they say. systemd.unit(5), systemd.exec(5) */
import { lstat, readdir, readlink } from 'node:fs/promises';
import { readInRoot, resolveInRoot } from '../../system/in-root.ts';
import { KNOWN } from './known.ts';

/** A path that something writes to. */
export interface Write {
  path: string;
  /** Unit, or file, that does. */
  by: string;
  why: string;
}

/** Later ones are passed over for names that earlier ones have. */
const DIRECTORIES = [
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const UNIT = /^[\w:.@\\-]+\.(service|socket|target|timer|path|mount)$/;
/** Bytes of a unit, number of units. */
const LIMIT = 1 << 18;
const MOST = 5000;
const PULLS = ['Wants', 'Requires', 'BindsTo', 'Upholds'];
const BASES = {
  StateDirectory: '/var/lib',
  LogsDirectory: '/var/log',
  CacheDirectory: '/var/cache',
  ConfigurationDirectory: '/etc',
};
const PATHS = ['ReadWritePaths', 'ReadWriteDirectories', 'PIDFile'];
const LISTENS = [
  'ListenStream',
  'ListenDatagram',
  'ListenSequentialPacket',
  'ListenFIFO',
  'ListenMessageQueue',
];

const WIDE = /^\/(etc|var|usr|opt|srv|home|root|boot|var\/lib)?\/?$/;

type Settings = ReadonlyMap<string, readonly string[]>;

/** What units write to that start when the image boots. @param root host path of the tree */
export async function unitWrites(root: string): Promise<Write[]> {
  const found: Write[] = [];
  const seen = new Set([
    'default.target',
    'multi-user.target',
    'sysinit.target',
    'timers.target',
    'sockets.target',
  ]);
  for (const unit of seen) {
    if (seen.size > MOST) break;
    const settings = await load(root, unit);
    if (!settings) continue;
    for (const next of [...(await pulled(root, unit)), ...named(settings, unit)])
      if (UNIT.test(next)) seen.add(next);
    found.push(...writesOf(unit, settings));
  }
  return found;
}

/** What `NAME.wants` and `NAME.requires` have. */
async function pulled(root: string, unit: string): Promise<string[]> {
  const lists = DIRECTORIES.flatMap((directory) =>
    ['wants', 'requires', 'upholds'].map(async (kind) => {
      const place = await resolveInRoot(root, `${directory}/${unit}.${kind}`).catch(() => undefined);
      return place === undefined ? [] : await readdir(place).catch(() => []);
    }),
  );
  return (await Promise.all(lists)).flat().slice(0, MOST);
}

function named(settings: Settings, unit: string): string[] {
  const of = unit.replace(/\.\w+$/, '');
  const started = /\.(timer|path|socket)$/.test(unit)
    ? [...(settings.get('Unit') ?? settings.get('Service') ?? [`${of}.service`])]
    : [];
  return [
    ...PULLS.flatMap((key) => settings.get(key) ?? []).flatMap((line) => line.split(/\s+/)),
    ...started,
  ];
}

/** Settings of a unit with its drop-ins; nothing if there is none, or it is masked. */
async function load(root: string, unit: string): Promise<Settings | undefined> {
  const template = unit.replace(/@[^@]*(\.\w+)$/, '@$1');
  for (const name of new Set([unit, template]))
    for (const directory of DIRECTORIES) {
      const path = `${directory}/${name}`;
      const place = await resolveInRoot(root, path, false).catch(() => undefined);
      const info = place === undefined ? undefined : await lstat(place).catch(() => undefined);
      if (place === undefined || !info) continue;
      if (info.isSymbolicLink() && (await readlink(place)) === '/dev/null') return undefined;
      const text = await readInRoot(root, path, LIMIT).catch(() => undefined);
      if (!text || text.length === 0) return undefined;
      const texts = [text.toString('utf8'), ...(await dropins(root, name))];
      return parse(texts);
    }
  return undefined;
}

async function dropins(root: string, name: string): Promise<string[]> {
  const texts = new Map<string, string>();
  for (const directory of DIRECTORIES) {
    const place = await resolveInRoot(root, `${directory}/${name}.d`).catch(() => undefined);
    const files = place === undefined ? [] : await readdir(place).catch(() => []);
    for (const file of files.slice(0, 100)) {
      if (!file.endsWith('.conf') || texts.has(file)) continue;
      const text = await readInRoot(root, `${directory}/${name}.d/${file}`, LIMIT).catch(() => undefined);
      texts.set(file, text?.toString('utf8') ?? '');
    }
  }
  return [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
}

/** systemd.syntax(7): all sections together, since no two have a setting of one name that counts here. */
function parse(texts: readonly string[]): Settings {
  const settings = new Map<string, string[]>();
  for (const line of texts.flatMap((text) => text.replace(/\\\n/g, ' ').split('\n'))) {
    const [, key, value = ''] = /^([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    // Nothing takes back what was there before.
    settings.set(key, value === '' ? [] : [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

function writesOf(unit: string, settings: Settings): Write[] {
  const found: Write[] = [];
  const add = (path: string, why: string) => {
    if (path.startsWith('/') && !path.includes('%'))
      found.push({ path: path.replace(/(.)\/+$/, '$1'), by: unit, why });
  };
  const words = (key: string) =>
    (settings.get(key) ?? []).flatMap((line) => line.split(/\s+/)).filter((one) => one !== '');
  const dynamic = settings.get('DynamicUser')?.at(-1);
  const isPrivate = dynamic !== undefined && /^(yes|true|on|1)$/.test(dynamic);
  for (const [key, base] of Object.entries(BASES))
    for (const word of words(key)) {
      const name = word.split(':')[0] ?? '';
      add(`${base}${isPrivate && base !== '/etc' ? '/private' : ''}/${name}`, key);
    }
  for (const key of PATHS)
    for (const word of words(key)) {
      const path = word.replace(/^[-+]+/, '');
      // Units of systemd itself open whole trees for one file in them.
      if (!WIDE.test(path)) add(path, key);
    }
  for (const key of LISTENS) for (const word of words(key)) add(word, key);
  for (const key of ['StandardOutput', 'StandardError'])
    for (const word of words(key)) {
      const [, path] = /^(?:file|append|truncate):(.*)$/.exec(word) ?? [];
      if (path !== undefined) add(path, key);
    }
  if (/^(yes|true|on|1)$/.test(settings.get('Persistent')?.at(-1) ?? '') && unit.endsWith('.timer'))
    add('/var/lib/systemd/timers', 'Persistent');
  for (const path of Object.hasOwn(KNOWN, unit) ? (KNOWN[unit] ?? []) : []) add(path, 'known');
  return found;
}
