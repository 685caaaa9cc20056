/** The tables as Kysely sees them. Times are milliseconds since 1970, lists are JSON. */
import type { Generated } from 'kysely';

export interface NodeTable {
  /** UUID: stays the same over changes, and comes back when a removal is undone. */
  id: string;
  name: string;
  /** IPv4 that full DHCP reserves. */
  address: string | null;
  /** Who made it: the administrator, or the node by itself. */
  origin: 'admin' | 'registered';
  created: number;
  updated: number;
  /** JSON: all that is said of the node itself (src/node/schema.ts). Other columns and tables have copies of what is looked up. */
  document: string;
}

/** A group or a profile: settings that several nodes share. */
export interface PresetTable {
  kind: 'group' | 'profile';
  name: string;
  /** JSON: settings. */
  document: string;
  created: number;
  updated: number;
}

/** Groups and profiles that a node names itself. */
export interface MembershipTable {
  node_id: string;
  kind: 'group' | 'profile';
  name: string;
  position: number;
}

/** One change of the registry: all of it, or none. Its id is the registry's revision. */
export interface ChangeTable {
  id: Generated<number>;
  at: number;
  who: string;
  via: string;
  summary: string;
  /** The change that this one takes back. */
  undoes: number | null;
  /** Entries in it. */
  count: number;
  /** zstd of JSON: `{kind,name,before,after}` each. */
  entries: Uint8Array;
}

/** Contents of node files, named by their digest. */
export interface FileContentTable {
  /** `sha256:HEX` */
  digest: string;
  content: Uint8Array;
  created: number;
}

export interface SecretTable {
  name: string;
  value: Uint8Array;
  created: number;
  updated: number;
}

export interface TokenTable {
  /** Public part of the token: it finds the row. */
  id: string;
  name: string;
  /** scrypt, see src/access. */
  hash: string;
  scope: 'admin' | 'operator' | 'reader';
  created: number;
  expires: number | null;
  /** Last use, to the minute or so. */
  used: number | null;
}

export interface AuditTable {
  id: Generated<number>;
  at: number;
  who: string;
  client: string;
  operation: string;
  detail: string;
  /** HTTP status of the answer. */
  status: number;
}

/** A build that somebody asked for over the API. */
export interface BuildTable {
  id: string;
  /** Name of the recipe in the server's directory. */
  recipe: string;
  /** JSON: name, variables, flags. */
  options: string;
  who: string;
  /** `interrupted`: the server ended while it ran or waited. */
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  created: number;
  started: number | null;
  ended: number | null;
  /** JSON: the `built` event, or the error. */
  result: string | null;
}

/** What a node said in its boot, bounded. */
export interface NodeLogTable {
  id: Generated<number>;
  session_id: string;
  at: number;
  source: string;
  line: string;
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
  /** JSON: kernel arguments and digests of node files that the boot was given, for drift. */
  given: string;
  /** UUID of the machine's firmware, as it says. */
  uuid: string | null;
}

/** What the server saw of a machine besides its sessions, by MAC address. Bounded. */
export interface SightingTable {
  mac: string;
  /** When firmware last asked by DHCP, and when iPXE did. */
  firmware: number | null;
  ipxe: number | null;
  /** When it last asked for its script and got none that boots an image, and why. */
  refused: number | null;
  reason: string | null;
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
  sighting: SightingTable;
  preset: PresetTable;
  membership: MembershipTable;
  change: ChangeTable;
  file_content: FileContentTable;
  secret: SecretTable;
  token: TokenTable;
  audit: AuditTable;
  build: BuildTable;
  node_log: NodeLogTable;
}
