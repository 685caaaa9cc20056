import { join } from 'node:path';

/** Where everything lives. `SLIPWAY_ROOT` relocates all of it; default `/`. */
export interface Paths {
  root: string;
  /** Configuration: config.yml, keys given by the administrator. */
  etc: string;
  /** State worth a backup: catalog, registry, signing key. */
  state: string;
  /** OCI image layout. */
  catalog: string;
  /** Finished build layers by cache key; may be deleted at any time. */
  layers: string;
  /** Downloads and repository metadata; may be deleted at any time. */
  cache: string;
  /** Private keys, 0700. */
  keys: string;
  /** Lock files. */
  locks: string;
  /** Registry of nodes and boots. */
  database: string;
  /** Work directories of running commands; emptied by reconcile. On disk, beside the layers: renames must not cross file systems. */
  work: string;
  /** Pool of kernels, one directory a version. */
  kernels: string;
  /** Images that are mounted to be changed, one directory each, unless the configuration says where. */
  mounts: string;
  /** What modes have published: records. */
  published: string;
  /** What boots of an image read of a shared tree: a list each. */
  bootFiles: string;
  /** Trees for NFS: private, 0700. docs of its inside: src/nfs/store.ts. */
  nfs: string;
  /** Where NFS clients find them: mount points only. */
  exports: string;
  /** Sockets and pid-free run-time state. */
  run: string;
  /** Logs of builds and boots. */
  logs: string;
}

export function pathsUnder(root: string): Paths {
  const state = join(root, 'var/lib/slipway');
  return {
    root,
    etc: join(root, 'etc/slipway'),
    state,
    catalog: join(state, 'catalog'),
    layers: join(state, 'layers'),
    cache: join(root, 'var/cache/slipway'),
    keys: join(state, 'keys'),
    locks: join(state, 'locks'),
    database: join(state, 'registry.sqlite'),
    work: join(state, 'work'),
    kernels: join(state, 'kernels'),
    mounts: join(state, 'mounts'),
    published: join(state, 'published'),
    bootFiles: join(state, 'boot-files'),
    nfs: join(state, 'nfs'),
    exports: join(root, 'srv/slipway'),
    run: join(root, 'run/slipway'),
    logs: join(root, 'var/log/slipway'),
  };
}
