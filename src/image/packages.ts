import { byText } from './canonical.ts';
import type { InstalledPackage } from './types.ts';

/** A package whose version differs; several versions of one name and architecture stand beside each other. */
export interface PackageChange {
  name: string;
  architecture: string;
  before: string;
  after: string;
}

export interface PackageChanges {
  added: InstalledPackage[];
  removed: InstalledPackage[];
  changed: PackageChange[];
}

/** What differs between two lists of packages, by name and architecture, sorted. */
export function comparePackages(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
): PackageChanges {
  const old = versions(before);
  const now = versions(after);
  const changes: PackageChanges = { added: [], removed: [], changed: [] };
  for (const [key, { one, all }] of now) {
    const was = old.get(key);
    if (!was) changes.added.push(...all.map((version) => ({ ...one, version })));
    else if (was.all.join(' ') !== all.join(' '))
      changes.changed.push({
        name: one.name,
        architecture: one.architecture,
        before: was.all.join(' '),
        after: all.join(' '),
      });
  }
  for (const [key, { one, all }] of old)
    if (!now.has(key)) changes.removed.push(...all.map((version) => ({ ...one, version })));
  for (const list of [changes.added, changes.removed, changes.changed])
    list.sort((a, b) => byText(a.name, b.name) || byText(a.architecture, b.architecture));
  return changes;
}

/** Versions by name and architecture: a kernel may be there twice. */
function versions(
  packages: readonly InstalledPackage[],
): Map<string, { one: InstalledPackage; all: string[] }> {
  const map = new Map<string, { one: InstalledPackage; all: string[] }>();
  for (const one of packages) {
    const key = `${one.name} ${one.architecture}`;
    const found = map.get(key);
    if (found) found.all.push(one.version);
    else map.set(key, { one, all: [one.version] });
  }
  for (const { all } of map.values()) all.sort(byText);
  return map;
}
