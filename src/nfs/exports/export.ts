/** What an NFS server is told, in its own words by kernel.ts and ganesha.ts. */
export interface Export {
  /** Mount point below `nfs.exports`: the path that clients mount. */
  path: string;
  /** IPv4 addresses and networks; none: nobody yet. */
  clients: readonly string[];
  write: boolean;
  /** Whether root of the client is nobody here. Off only for what belongs to one node. */
  squash: boolean;
  /** 1 to 65535, the same as long as it is exported: file handles of clients have it in them. */
  id: number;
}
