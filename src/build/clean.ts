/**
 * Removes from a tree what must not be in an image, after each step: in the layer
 * that made it, so that it takes no room in any. Listed in docs/reference/cleanup.md.
 */
import { lstat, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../system/sandbox.ts';
import type { Clean } from '../recipe/schema.ts';
import { tidyDatabases } from './dnf/tidy.ts';

/** Directories that are emptied (the directory itself stays), by switch. */
const EMPTIED: Partial<Record<keyof Clean, string[]>> = {
  caches: ['/var/cache/apt/archives', '/var/cache/ldconfig', '/var/cache/man', '/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/yum', '/var/cache/zypp', '/root/.cache', '/tmp', '/var/tmp', '/run', '/dev', '/proc', '/sys'],
  apt_lists: ['/var/lib/apt/lists'],
}; // prettier-ignore

/** Single files, with `*` in the last part only. */
const REMOVED: Partial<Record<keyof Clean, string[]>> = {
  machine_id: ['/var/lib/dbus/machine-id', '/var/lib/systemd/random-seed', '/var/lib/systemd/credential.secret'],
  host_keys: ['/etc/ssh/ssh_host_*'],
  caches: [
    '/var/cache/apt/*.bin', '/var/cache/debconf/*-old', '/var/lib/dpkg/*-old', '/var/lib/dpkg/lock*', '/var/lib/apt/extended_states.*',
    '/var/lib/dnf/history.sqlite*', '/var/lib/rpm/__db.*', '/var/lib/rpm/.dbenv.lock',
    '/etc/passwd-', '/etc/group-', '/etc/shadow-', '/etc/gshadow-', '/etc/subuid-', '/etc/subgid-', '/etc/.pwd.lock', '/root/.bash_history', '/root/.wget-hsts',
  ],
}; // prettier-ignore

/** For the documentation. */
export function cleanList(): { key: keyof Clean; text: string; emptied: string[]; removed: string[] }[] {
  return (Object.entries(WORDS) as [keyof Clean, string][]).map(([key, text]) => ({
    key, text, emptied: EMPTIED[key] ?? [], removed: REMOVED[key] ?? [],
  })); // prettier-ignore
}

const WORDS: Record<keyof Clean, string> = {
  machine_id: 'Every node has an identity of its own: `/etc/machine-id` is empty.',
  host_keys: 'ssh host keys are made on the node.',
  logs: 'Every file below `/var/log`; directories stay. ACLs there are set again by systemd-tmpfiles at boot.',
  caches:
    'Caches, temporary files, what the kernel mounts over, and second copies of account and package files; what rpm and dnf keep besides their database.',
  resolv_conf: '`/etc/resolv.conf` and `/etc/hostname` that a source took from the build host.',
  apt_lists: 'Package lists; they stay on the build host and are lent to each build.',
};

/** Cleans the merged tree. `first`: the layer of a source, which may carry the host's resolv.conf and host name. */
export async function cleanTree(
  sandbox: Sandbox,
  clean: Clean,
  first: boolean,
  epoch: number,
): Promise<void> {
  for (const [key, on] of Object.entries(clean) as [keyof Clean, boolean][]) {
    if (!on) continue;
    for (const directory of EMPTIED[key] ?? []) await empty(await sandbox.path(directory));
    for (const pattern of REMOVED[key] ?? []) await removeMatching(sandbox, pattern);
  }
  if (clean.logs) await emptyLogs(await sandbox.path('/var/log'));
  if (clean.machine_id) {
    const file = await sandbox.path('/etc/machine-id', false);
    const info = await lstat(file).catch(() => undefined);
    if (info?.isFile() && info.size > 0) await truncate(file);
    // A link may lead to a file of this host: what is written there would be written here.
    else if (info && !info.isFile()) await rm(file, { recursive: true, force: true });
    // An empty file, unlike a missing one, does not make systemd run its first-boot presets.
    if (!info?.isFile() && (info || first)) await writeFile(file, '', { flag: 'wx', mode: 0o444 });
  }
  if (clean.resolv_conf && first) {
    const file = await sandbox.path('/etc/resolv.conf', false);
    if ((await lstat(file).catch(() => undefined))?.isFile()) await rm(file);
    await rm(await sandbox.path('/etc/hostname', false), { force: true });
  }
  if (clean.caches) await tidyDatabases(sandbox);
  await clampShadow(sandbox, epoch);
}

async function empty(directory: string): Promise<void> {
  if (!(await lstat(directory).catch(() => undefined))?.isDirectory()) return;
  for (const name of await readdir(directory))
    await rm(join(directory, name), { recursive: true, force: true });
}

/** Log files go; directories stay, since daemons expect them with their owners. */
async function emptyLogs(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await emptyLogs(path);
    else await rm(path, { force: true });
  }
}

/**
 * Removes what a pattern names, `*` in its last part only, but for the names in `kept`.
 * @returns paths in the image
 */
export async function removeMatching(
  sandbox: Sandbox,
  pattern: string,
  kept: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const parent = pattern.slice(0, pattern.lastIndexOf('/'));
  const words = pattern.slice(parent.length + 1).split('*');
  const match = new RegExp(`^${words.map((word) => RegExp.escape(word)).join('.*')}$`);
  const directory = await sandbox.path(parent || '/');
  const names = await readdir(directory).catch(() => [] as string[]);
  const found = names.filter((name) => match.test(name) && !kept.has(name));
  for (const name of found) await rm(join(directory, name), { recursive: true, force: true });
  return found.map((name) => `${parent}/${name}`);
}

/** The day of a password's last change must not be the day of the build. shadow(5) */
async function clampShadow(sandbox: Sandbox, epoch: number): Promise<void> {
  const file = await sandbox.path('/etc/shadow', false);
  if (!(await lstat(file).catch(() => undefined))?.isFile()) return;
  const day = Math.floor(epoch / 86_400);
  const before = await readFile(file, 'utf8');
  const after = before.replace(/^([^:\n]*:[^:\n]*:)(\d+)(?=:)/gm, (line, head: string, changed: string) =>
    Number(changed) > day ? `${head}${day}` : line,
  );
  if (after !== before) await writeFile(file, after);
}
