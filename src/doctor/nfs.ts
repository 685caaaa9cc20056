/** Roots over NFS: which server there is, and whether the store for trees is a good place for them. */
import { existsSync, globSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { kindFor } from '../nfs/kinds/index.ts';
import { HOLDER } from '../nfs/exports/taken.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Installation } from '../system/config.ts';
import { isLocked } from '../system/lock.ts';
import type { Check, State } from './types.ts';
import { listens } from '../system/port.ts';

/** Port of NFS, TCP. */
const PORT = 2049;
const PROGRAMS = '{/usr/local,/usr,}/{sbin,bin}';

export async function tryNfs(installation: Installation): Promise<Check[]> {
  return [await server(installation), ...(await store(installation))];
}

async function server({ config, paths }: Installation): Promise<Check> {
  const check = (state: State, detail: string, todo?: string): Check => ({ id: 'nfs-server', area: 'serve', title: 'roots over NFS', state, detail, ...(todo !== undefined && { todo }) }); // prettier-ignore
  switch (config.nfs.server) {
    case 'off':
      return check('ok', 'nfs.server is off: you export trees by yourself');
    case 'kernel': {
      if (!installed('exportfs'))
        return check('no', 'no NFS server is installed', 'Install nfs-kernel-server (Debian, SUSE) or nfs-utils (RHEL-like), or set nfs.server to ganesha.'); // prettier-ignore
      const threads = Number(await readFile('/proc/fs/nfsd/threads', 'utf8').catch(() => '0'));
      if (threads > 0) return check('ok', `the kernel’s NFS server runs (${threads} threads)`);
      return check('limited', 'the kernel’s NFS server is installed and does not run', 'systemctl enable --now nfs-server'); // prettier-ignore
    }
    case 'ganesha': {
      const missing = [
        installed('ganesha.nfsd') ? [] : ['ganesha.nfsd'],
        globSync('/usr/{lib,lib64,lib/*}/ganesha/libfsalvfs.so').length > 0 ? [] : ['libfsalvfs.so'],
        config.nfs.version !== '3' || installed('rpcbind') ? [] : ['rpcbind'],
      ].flat();
      if (missing.length > 0)
        return check('no', `missing: ${missing.join(', ')}`, 'Install nfs-ganesha, nfs-ganesha-vfs, and rpcbind for NFSv3; or set nfs.server to kernel.'); // prettier-ignore
      if (isLocked(paths.locks, HOLDER)) return check('ok', 'slipway serve runs nfs-ganesha');
      if (await listens(PORT))
        return check('limited', `another program listens on port ${PORT}`, 'Stop and disable it (systemctl disable --now nfs-server nfs-ganesha), so that slipway serve can run nfs-ganesha.'); // prettier-ignore
      return check('ok', `slipway serve will run nfs-ganesha; port ${PORT} is free`);
    }
  }
}

async function store(installation: Installation): Promise<Check[]> {
  const { paths, config } = installation;
  const base = { id: 'nfs-trees', area: 'serve', title: 'trees of nodes' } as const;
  // Without a store nobody has begun with it: doctor makes nothing.
  if (!existsSync(paths.nfs)) return [];
  const checks: Check[] = [];
  try {
    const { kind, reason } = await kindFor(installation);
    const copies = kind.name === 'copy' && config.nfs.trees !== 'copy';
    checks.push({ ...base, state: copies ? 'limited' : 'ok', detail: `by ${kind.name}: ${reason}` });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    checks.push({ ...base, state: 'no', detail: `${error.message}: ${error.why}`, todo: error.todo });
  }
  checks.push(ownFileSystem(paths.nfs, '/'));
  return checks;
}

/** @param root what must not be reached */
export function ownFileSystem(directory: string, root: string): Check {
  const base = { id: 'nfs-store', area: 'serve', title: 'store of trees' } as const;
  if (statSync(nearest(directory)).dev !== statSync(root).dev)
    return { ...base, state: 'ok', detail: `${directory} is on a file system of its own` };
  return {
    ...base,
    state: 'limited',
    detail: `${directory} is on the file system of this host’s root: whoever is root on a node can make up file handles of other files there`,
    todo: 'Give trees a file system of their own, mounted nosuid,nodev, and name it by nfs.directory in config.yml.',
  };
}

function nearest(path: string): string {
  for (let here = path; ; here = dirname(here)) if (existsSync(here) || here === dirname(here)) return here;
}

const installed = (program: string) => globSync(`${PROGRAMS}/${program}`).length > 0;
