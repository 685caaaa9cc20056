/** What an NFS server is told, in its own words by kernel.ts and ganesha.ts. */
export interface Export {
  /** Mount point below `nfs.exports`: the path that clients mount. */
  path: string;
  /** IPv4 addresses and networks; none: nobody yet. */
  clients: readonly string[];
  write: boolean;
  /** Whether all users of the client are nobody here: what a group may read is else had by saying to be in it. Never for what belongs to one node. */
  squash: boolean;
  /** Whether files have labels of SELinux that clients shall see. */
  labels: boolean;
  /** 1 to 65535, the same as long as it is exported: file handles of clients have it in them. */
  id: number;
}

/** Whom squashed users are: nobody's number in no distribution, so that files of `nobody` are not theirs. */
export const NOBODY = 65_533;

/** Paths go into languages that cannot quote everything. @throws Error a path that none of ours can be: config.ts */
export function checkPath(path: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!path.startsWith('/') || /[\0-\x1f\x7f\\]/.test(path))
    throw new Error(`cannot be exported: ${JSON.stringify(path)}`);
  return path;
}
