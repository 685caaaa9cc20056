/** From where Debian has a file to where a RHEL-like distribution has it. */
import { linkSync, lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { PackageDefinition } from './package.ts';
import { walk } from './walk.ts';

/** Merged /usr, and /usr/lib64 for libraries. */
export function place(path: string): string {
  const merged = path.replace(/^\/(bin|sbin|lib|lib64)(?=\/|$)/, '/usr/$1');
  const kernel = /^\/boot\/(vmlinuz|config|System\.map)-(.+)$/.exec(merged);
  if (kernel) return `/usr/lib/modules/${kernel[2]}/${kernel[1]}`;
  return merged.replace(/^\/usr\/lib\/x86_64-linux-gnu(?=\/|$)/, '/usr/lib64');
}

const DOCUMENTATION = /^\/usr\/share\/(doc|man|info|locale|gtk-doc|help)\//;
/** What only Debian's own tools look at. */
const DEBIAN = /^\/usr\/share\/(bug|lintian|doc-base|initramfs-tools|menu|apport|debconf|debianutils|python3\/runtime.d)\/|^\/etc\/(init\.d|init|default|cron\.[a-z]+|logrotate\.d|rc.\.d|apparmor\.d|network|ufw|X11)\/|\\/; // prettier-ignore

/** Links the files of an unpacked package of Debian into the directory of a package. */
export function takeOver(source: string, target: string, { only, docs }: PackageDefinition): void {
  for (const { file: from, entry } of walk(source)) {
    if (entry.isDirectory()) continue;
    const path = from.slice(source.length);
    const to = place(path);
    if (DEBIAN.test(path) || (!docs && DOCUMENTATION.test(to)) || only?.(to) === false) continue;
    if (docs && /changelog|NEWS\.Debian/.test(to)) continue;
    const file = join(target, to);
    mkdirSync(dirname(file), { recursive: true });
    if (!entry.isSymbolicLink()) linkSync(from, file);
    else {
      const link = moved(path, readlinkSync(from));
      if (link !== undefined && !exists(file)) symlinkSync(link, file);
    }
  }
}

/** Where a symbolic link has to lead from its new place; undefined if it would lead to itself. */
export function moved(path: string, link: string): string | undefined {
  const absolute = place(posix.resolve(dirname(path), link));
  const own = place(path);
  if (absolute === own) return undefined;
  if (link.startsWith('/')) return absolute;
  return posix.relative(dirname(own), absolute) || '.';
}

function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
