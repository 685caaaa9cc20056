/** dnsmasq beside the boot server: its files, its process, and reservations that follow the registry. */
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Database } from '../db/database.ts';
import { listNodes } from '../node/registry.ts';
import type { Installation } from '../system/config.ts';
import { writeDurably } from '../system/durable.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Sink } from '../system/events.ts';
import { run } from '../system/process.ts';
import type { Network } from './address.ts';
import { dhcpHosts, dnsmasqConf, type DnsmasqInput } from './dnsmasq-conf.ts';
import { fail } from './errors.ts';
import { FIRMWARE_DIRECTORIES, type Firmware } from './firmware.ts';
import { supervise } from './supervisor.ts';

/** Milliseconds between looks at the registry. Changes of our own process are seen at every fifteenth. */
const LOOK = 2000;

export interface DnsmasqOptions {
  installation: Installation;
  database: Database;
  network: Network;
  port: number;
  firmware: Firmware | undefined;
  sink: Sink;
  signal: AbortSignal;
  onLine: (line: string) => void;
}

/**
 * Starts dnsmasq; returns once its configuration was accepted. `done` settles when `signal` stopped it.
 * @throws SlipwayError `serve/no-firmware`, `serve/no-range`, `serve/bad-range`, `serve/bad-dnsmasq`, `process/missing`
 */
export async function startDnsmasq(options: DnsmasqOptions): Promise<{ done: Promise<void> }> {
  const { installation, database, firmware, network, port, signal, sink } = options;
  const { dhcp } = installation.config;
  if (dhcp.mode === 'off') return { done: Promise.resolve() };
  if (!firmware) throw fail('no-firmware', { looked: FIRMWARE_DIRECTORIES.join(', ') });

  const directory = join(installation.paths.run, 'dnsmasq');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await chmod(directory, 0o755);
  const hostsFile = join(directory, 'hosts');
  const leaseFile = join(installation.paths.state, 'dnsmasq.leases');
  // It reads the reservations again as its own user, who cannot get into a private directory.
  const user = (await reachable(directory)) ? undefined : 'root';
  const input: DnsmasqInput = {
    dhcp: { ...dhcp, mode: dhcp.mode },
    network,
    port,
    firmware,
    hostsFile,
    leaseFile,
    pxeVendor: await knowsPxeVendor(signal),
    user,
  };
  const conf = join(directory, 'dnsmasq.conf');
  await writeDurably(conf, dnsmasqConf(input));
  await writeHosts(database, hostsFile);
  await test(conf, signal);

  const argv = ['dnsmasq', '--keep-in-foreground', `--conf-file=${conf}`];
  const dnsmasq = supervise('dnsmasq', argv, { sink, signal, onLine: options.onLine });
  const timer =
    dhcp.mode === 'full' ? follow(database, hostsFile, sink, () => dnsmasq.signal('SIGHUP')) : undefined;
  return { done: dnsmasq.done.finally(() => clearInterval(timer)) };
}

async function knowsPxeVendor(signal: AbortSignal): Promise<boolean> {
  const { stdout } = await run(['dnsmasq', '--version'], { signal });
  const [, major = 0, minor = 0] = (/version (\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  return major > 2 || (major === 2 && minor >= 86);
}

async function test(conf: string, signal: AbortSignal): Promise<void> {
  try {
    await run(['dnsmasq', '--test', `--conf-file=${conf}`], { signal });
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'process/failed') throw cause;
    throw fail('bad-dnsmasq', {}, { cause, output: cause.output });
  }
}

/** Writes the reservations if they changed. Returns whether they did. */
async function writeHosts(database: Database, file: string): Promise<boolean> {
  const text = dhcpHosts(await listNodes(database.db));
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === text) return false;
  await writeDurably(file, text);
  return true;
}

function follow(database: Database, hostsFile: string, sink: Sink, changed: () => void): NodeJS.Timeout {
  let seen = database.version();
  let looks = 0;
  let busy = false;
  const look = async () => {
    const now = database.version();
    if (busy || (now === seen && ++looks % 15 !== 0)) return;
    busy = true;
    seen = now;
    try {
      if (await writeHosts(database, hostsFile)) changed();
    } catch (error) {
      sink({
        event: 'notice',
        level: 'warning',
        message: `Reservations not updated: ${(error as Error).message}`,
      });
    }
    busy = false;
  };
  return setInterval(() => void look(), LOOK);
}

/** Whether every user may pass through all directories down to this one. */
async function reachable(directory: string): Promise<boolean> {
  for (let path = directory; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
