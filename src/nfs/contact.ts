/**
 * Whom this host's NFS server serves now, and when it last heard of them. A node that has its root there is never
 * silent for long: with NFSv4 it renews its lease every minute at most, whatever it does.
 */
import { readdir, readFile } from 'node:fs/promises';
import { SlipwayError } from '../system/errors.ts';
import { run } from '../system/process.ts';

/** Seconds after which a client that said nothing counts as gone: leases are 90 s at most. */
export const SILENT = 600;

const PORT = 2049;
/** Clients of the kernel's NFS server, of version 4: a directory each, since Linux 5.3. */
const CLIENTS = '/proc/fs/nfsd/clients';
/** As the kernel names their processes. */
const SERVERS = ['nfsd', 'ganesha.nfsd'];

export interface Contact {
  /** Clients that were heard of within {@link SILENT}, by address: seconds since; nothing: connected, the rest is not known. */
  heard: ReadonlyMap<string, number | undefined>;
  /** Seconds that the server runs; nothing: none does, or none that can be seen from here. */
  running?: number;
}

/** Where it looks. Other places only in tests. */
export interface Places {
  clients?: string;
  proc?: string;
  /** What `ss` says of connections; nothing: it is not installed. */
  connections?: () => Promise<string | undefined>;
}

export async function contactOf({
  clients = CLIENTS,
  proc = '/proc',
  connections = listConnections,
}: Places = {}): Promise<Contact> {
  const said = await connections();
  const heard = new Map<string, number | undefined>();
  for (const [address, age] of [...connected(said ?? ''), ...(await leases(clients))]) {
    if (age !== undefined && age > SILENT) continue;
    const before = heard.get(address);
    heard.set(address, age === undefined ? before : Math.min(age, before ?? age));
  }
  const running = said === undefined ? undefined : await runningFor(proc);
  return { heard, ...(running !== undefined && { running }) };
}

/** Connections to the server, which it may have given up long before the kernel does. ss(8) */
async function listConnections(): Promise<string | undefined> {
  const filter = ['state', 'established', `( sport = :${PORT} )`];
  try {
    const { stdout } = await run([
      'ss',
      '--tcp',
      '--numeric',
      '--info',
      '--oneline',
      '--no-header',
      ...filter,
    ]);
    return stdout;
  } catch (error) {
    if (error instanceof SlipwayError && error.code.startsWith('process/')) return undefined;
    throw error;
  }
}

/** Address and seconds since it last sent something: `0 0 10.0.0.1:2049 10.0.0.4:790 … lastrcv:3012 …` */
function connected(text: string): [string, number | undefined][] {
  return text.split('\n').flatMap((line) => {
    const peer = line.trim().split(/\s+/)[3];
    const address = /^\[?(?:::ffff:)?([\da-f.:]+?)\]?:\d+$/.exec(peer ?? '')?.[1];
    const last = /\blastrcv:(\d+)/.exec(line)?.[1];
    return address === undefined ? [] : [[address, last === undefined ? undefined : Number(last) / 1000]];
  });
}

/** `address: "10.0.0.4:790"`, `seconds from last renew: 12` (since Linux 5.19) */
async function leases(directory: string): Promise<[string, number | undefined][]> {
  const found: [string, number | undefined][] = [];
  for (const one of await readdir(directory).catch(() => [] as string[])) {
    const info = await readFile(`${directory}/${one}/info`, 'utf8').catch(() => '');
    const address = /^address: "?([^"\s]+):\d+"?$/m.exec(info)?.[1];
    const last = /^seconds from last renew: (\d+)$/m.exec(info)?.[1];
    if (address !== undefined) found.push([address, last === undefined ? undefined : Number(last)]);
  }
  return found;
}

/** Of several the youngest: one that was started again may not have all its clients back yet. proc_pid_stat(5) */
async function runningFor(proc: string): Promise<number | undefined> {
  const uptime = Number((await readFile(`${proc}/uptime`, 'utf8').catch(() => '')).split(' ')[0]);
  const ages: number[] = [];
  for (const pid of await readdir(proc).catch(() => [] as string[])) {
    if (!/^\d+$/.test(pid)) continue;
    const [, command = '', rest = ''] =
      /^\d+ \((.*)\) (.*)/.exec(await readFile(`${proc}/${pid}/stat`, 'utf8').catch(() => '')) ?? [];
    // Field 22, in hundredths of a second since the start of the host.
    if (SERVERS.includes(command)) ages.push(uptime - Number(rest.split(' ')[19]) / 100);
  }
  return ages.length === 0 ? undefined : Math.min(...ages);
}
