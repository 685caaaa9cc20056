/** Contents that Slipway makes itself. A new one is a file here, named in index.ts. */
import type { Cluster, NodeScope } from '../scope.ts';

export interface BuiltinInput {
  node: NodeScope;
  /** The interface that the node boots from, which gets its address by DHCP. */
  bootMac?: string;
  /** Nobody asked for it: what the boot set up is left alone. */
  byDefault: boolean;
  cluster: () => Promise<Cluster>;
}

/** A file that a builtin makes. */
export interface Made {
  /** Below the path that names the builtin; empty: that path itself. */
  name: string;
  content: string;
  /** Where the administrator names none. */
  mode?: string;
}

export interface Builtin {
  name: string;
  /** One line for the docs. */
  brief: string;
  make(input: BuiltinInput): Promise<Made[]>;
}
