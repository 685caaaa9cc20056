/** The tables as Kysely sees them. Times are milliseconds since 1970, lists are JSON. */

export interface NodeTable {
  /** UUID: stays when the node is renamed. */
  id: string;
  name: string;
  architecture: 'amd64' | 'arm64';
  /** JSON list of kernel arguments. */
  arguments: string;
  /** Image reference as the administrator gave it: a tag is looked up at each boot. */
  image: string | null;
  mode: string | null;
  /** IPv4 that full DHCP reserves. */
  address: string | null;
  /** Who made it: the administrator, or the node by itself. */
  origin: 'admin' | 'registered';
  created: number;
  updated: number;
}

export interface NodeMacTable {
  /** Normalized: aa:bb:cc:dd:ee:ff. */
  mac: string;
  node_id: string;
  position: number;
}

export interface BootSessionTable {
  /** 32 hex digits. */
  id: string;
  /** Null for machines that are not in the registry, and after the node was removed. */
  node_id: string | null;
  node_name: string;
  mac: string;
  /** Address that asked for the script; only it gets the node initrd. */
  client: string;
  /** `name:generation` */
  image: string;
  /** Digest of the OCI manifest. */
  digest: string;
  mode: string;
  /** JSON: kernel, initramfs, layers. */
  pinned: string;
  /** SHA-256 of the token, hex; null until the node initrd was delivered. */
  token_hash: string | null;
  created: number;
  expires: number;
  /** When it ended, or null: superseded by a newer boot, or trapped. */
  ended: number | null;
  /** Last stage reported. */
  stage: string;
}

export interface BootStageTable {
  session_id: string;
  /** Counts from 1 within a session. */
  position: number;
  stage: string;
  /** When the server heard of it. */
  at: number;
  /** Seconds since the node's kernel started, where the node said so. */
  uptime: number | null;
  detail: string | null;
  bytes: number | null;
  seconds: number | null;
}

export interface Tables {
  node: NodeTable;
  node_mac: NodeMacTable;
  boot_session: BootSessionTable;
  boot_stage: BootStageTable;
}
