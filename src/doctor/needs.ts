/** What must be installed: the table that set-up reads too. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Family, Need } from './types.ts';

const TABLE = join(import.meta.dirname, '../../scripts/needs.txt');
const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function parseNeeds(text: string): Need[] {
  return text.split('\n').flatMap((line) => {
    const [set, probe, debian, redhat, suse, purpose] = line.split(/\s+/);
    if (!set || set.startsWith('#') || !probe || !purpose) return [];
    const name = (word: string | undefined) => (word === '-' ? undefined : word);
    return [
      {
        set: set as Need['set'],
        probes: probe.split(','),
        packages: { debian: name(debian), redhat: name(redhat), suse: name(suse) },
        for: purpose,
      },
    ];
  });
}

export function needs(...sets: Need['set'][]): Need[] {
  return parseNeeds(readFileSync(TABLE, 'utf8')).filter((need) => sets.includes(need.set));
}

/** Path of the first probe that exists. */
export function find(need: Need, search = PATH): string | undefined {
  for (const probe of need.probes)
    for (const path of probe.startsWith('/') ? [probe] : search.map((directory) => join(directory, probe)))
      if (readable(path, probe.startsWith('/') ? constants.R_OK : constants.X_OK)) return path;
  return undefined;
}

/** What people call it: `mksquashfs`, `undionly.kpxe`. */
export function nameOf(need: Need): string {
  return basename(need.probes[0] ?? '');
}

const INSTALL: Record<Family, string> = {
  debian: 'apt-get install',
  redhat: 'dnf install',
  suse: 'zypper install',
};

/** One command a family; families in which nothing can be installed are left out. */
export function installCommands(missing: readonly Need[]): Partial<Record<Family, string>> {
  const commands: Partial<Record<Family, string>> = {};
  for (const family of ['debian', 'redhat', 'suse'] as const) {
    const packages = [...new Set(missing.flatMap((need) => need.packages[family] ?? []))].toSorted();
    if (packages.length > 0) commands[family] = `${INSTALL[family]} ${packages.join(' ')}`;
  }
  return commands;
}

function readable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
