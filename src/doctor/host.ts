import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Paths } from '../system/paths.ts';
import type { Family, Host } from './types.ts';

export async function describeHost(paths: Paths): Promise<Host> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const system = osRelease(text);
  return {
    system: system['PRETTY_NAME'] ?? 'unknown Linux',
    family: familyOf(system),
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    kernel: release(),
    cpus: availableParallelism(),
    memory: totalmem(),
    disk: await freeBytes(paths.state),
    root: process.getuid?.() === 0,
  };
}

/** `NAME=value` lines with optional quotes, os-release(5). */
export function osRelease(text: string): Record<string, string> {
  const pairs = text.matchAll(/^([A-Z0-9_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/gm);
  return Object.fromEntries(
    [...pairs].map(([, key, double, single, bare]) => [
      key,
      double?.replace(/\\(.)/g, '$1') ?? single ?? bare ?? '',
    ]),
  );
}

/** ID first, then what it says it is like. */
export function familyOf(system: Record<string, string>): Family | undefined {
  for (const id of [system['ID'] ?? '', ...(system['ID_LIKE'] ?? '').split(' ')]) {
    if (/^(debian|ubuntu)$/.test(id)) return 'debian';
    if (/^(fedora|rhel|centos|rocky|almalinux|ol)$/.test(id)) return 'redhat';
    if (/^(suse|opensuse.*|sles.*|sled)$/.test(id)) return 'suse';
  }
  return undefined;
}

/** Of the file system that will hold `path`, which need not exist yet. */
async function freeBytes(path: string): Promise<number> {
  for (let here = path; ; here = dirname(here)) {
    const stat = await statfs(here).catch(() => undefined);
    if (stat) return stat.bavail * stat.bsize;
    if (here === dirname(here)) return 0;
  }
}
