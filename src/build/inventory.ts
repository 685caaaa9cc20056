/** What a finished tree says of itself: packages and os-release. Read without following links out of it. */
import type { InstalledPackage } from '../image/types.ts';
import { readInRoot } from '../system/in-root.ts';
import type { Paths } from '../system/paths.ts';
import type { Sandbox } from '../system/sandbox.ts';
import { rpmPackages } from './dnf/inventory.ts';

/** Installed packages of a tree, by dpkg or rpm, sorted by name; an empty list where neither knows any. */
export async function installedPackages(paths: Paths, sandbox: Sandbox): Promise<InstalledPackage[]> {
  const found = [...(await debPackages(sandbox.root)), ...(await rpmPackages(paths, sandbox))];
  return found.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** By dpkg's status file. deb-control(5) */
async function debPackages(root: string): Promise<InstalledPackage[]> {
  const status = (await readInRoot(root, '/var/lib/dpkg/status'))?.toString() ?? '';
  const found: InstalledPackage[] = [];
  for (const paragraph of status.split('\n\n')) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1];
    const [name, version, architecture, source] = [
      field('Package'),
      field('Version'),
      field('Architecture'),
      field('Source'),
    ];
    if (!name || !version || !architecture || !field('Status')?.endsWith(' installed')) continue;
    found.push({ name, version, architecture, ...(source ? { source: source.replace(/ .*/, '') } : {}) });
  }
  return found;
}

/** Keys of os-release(5), quotes removed. */
export async function osRelease(root: string): Promise<Record<string, string>> {
  const text =
    (await readInRoot(root, '/etc/os-release', 65_536))?.toString() ??
    (await readInRoot(root, '/usr/lib/os-release', 65_536))?.toString() ??
    '';
  const pairs = text.split('\n').flatMap((line) => {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    return match?.[1] ? [[match[1], (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')] as const] : [];
  });
  return Object.fromEntries(pairs);
}
