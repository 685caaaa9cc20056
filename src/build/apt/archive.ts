/**
 * A package archive as this host sees it: apt's own metadata, verified by apt,
 * kept in the cache and lent to every tree that has the same configuration, so
 * that neither lists nor packages are fetched twice or end up in an image.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../system/errors.ts';
import { fail } from '../errors.ts';
import { hashFile } from '../key.ts';
import type { PackageManager } from '../packages/manager.ts';
import { aptInstall } from './install.ts';

export interface AptArchive extends PackageManager {
  /** Directory for /var/lib/apt/lists. */
  lists: string;
  /** Directory for /var/cache/apt/archives. */
  packages: string;
}

/** An archive as the package manager of trees that are configured for it. */
export function aptManager(
  archive: Omit<AptArchive, 'name' | 'initramfsTools' | 'liveTools' | 'install'>,
): AptArchive {
  return {
    ...archive,
    name: 'apt',
    initramfsTools: INITRAMFS_TOOLS,
    liveTools: [
      ...INITRAMFS_TOOLS,
      'dracut-network',
      'dracut-live',
      'dmsetup',
      'isc-dhcp-client',
      'xfsprogs',
    ],
    install: async (sandbox, request, context, task) =>
      await aptInstall(sandbox, archive, request, context, task),
  };
}

/** For the initramfs; see initramfs/packages.md. Nothing of them stays in the image. */
export const INITRAMFS_TOOLS = [
  'dracut-core',
  'zstd',
  'xz-utils',
  'curl',
  'openssl',
  'busybox',
  'iproute2',
  'kmod',
  'udev',
  'util-linux',
  'e2fsprogs',
  'systemd',
];

/** Makes the directories of an archive under the cache. */
export async function archiveDirectories(
  cache: string,
  id: string,
): Promise<{ root: string; lists: string; packages: string }> {
  const root = join(cache, 'apt', id);
  const lists = join(root, 'lists');
  const packages = join(root, 'archives');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(packages, 'partial'), { recursive: true });
  return { root, lists, packages };
}

/** State and date from the release files in `lists`. @throws `build/offline-missing` if there are none */
export async function readState(lists: string): Promise<{ state: string; date: number }> {
  const names = (await readdir(lists)).filter((n) => /_(InRelease|Release)$/.test(n)).toSorted();
  if (names.length === 0) throw fail('offline-missing', {});
  const hash = createHash('sha256');
  let date = 0;
  for (const name of names) {
    const text = await readFile(join(lists, name), 'utf8');
    hash.update(`${name}\0${text}\0`);
    const found = /^Date: (.+)$/m.exec(text)?.[1];
    date = Math.max(date, found ? Date.parse(found) / 1000 || 0 : 0);
  }
  return { state: hash.digest('hex'), date };
}

/** SHA-256 of each signed release file that apt accepted. */
export async function releaseHashes(lists: string): Promise<Set<string>> {
  const names = (await readdir(lists)).filter((n) => n.endsWith('_InRelease'));
  return new Set(await Promise.all(names.map(async (n) => await hashFile(join(lists, n)))));
}

/** Turns apt's complaint into what went wrong. */
export function explainUpdate(error: unknown, keyring: string): unknown {
  if (!(error instanceof SlipwayError) || error.code !== 'process/failed') return error;
  const output = error.output ?? '';
  const uri = /https?:\/\/\S+|(?:file|copy):\S+/.exec(output)?.[0] ?? 'see below';
  if (
    /GPG error|NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|is not signed|signatures? (were|was) invalid|couldn't be verified/i.test(
      output,
    )
  )
    return fail('bad-signature', { uri, keyring }, { output, cause: error });
  if (
    /Failed to fetch|Could not (resolve|connect)|Temporary failure|Unable to connect|Connection (refused|failed|timed out)|does not have a Release file/i.test(
      output,
    )
  )
    return fail('mirror-unreachable', { uri }, { output, cause: error });
  return error;
}
