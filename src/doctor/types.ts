/** What `slipway doctor` finds out. Nothing here prints. */

export type Area = 'host' | 'build' | 'serve' | 'boot';

/** `limited`: works, but slower or with something left out; `no`: does not work here. */
export type State = 'ok' | 'limited' | 'no';

/** One thing that this host can do or not, tried or derived from what is installed. */
export interface Check {
  id: string;
  area: Area;
  title: string;
  state: State;
  /** What was seen. */
  detail: string;
  /** What would help, where installing packages does not. */
  todo?: string;
}

/** A line of scripts/needs.txt. */
export interface Need {
  set: 'run' | 'more' | 'test' | 'bench';
  /** Programs or absolute paths, one of which must exist. */
  probes: string[];
  packages: Record<Family, string | undefined>;
  /** Id of the check that depends on it. */
  for: string;
}

/** Families of distributions that share package names. */
export type Family = 'debian' | 'redhat' | 'suse';

export interface Tool {
  name: string;
  path: string;
  version?: string;
}

export interface Host {
  system: string;
  family?: Family;
  architecture: string;
  kernel: string;
  cpus: number;
  /** Bytes. */
  memory: number;
  /** Free bytes where images are kept. */
  disk: number;
  root: boolean;
}

export interface Diagnosis {
  /** The main job works: build from some source, pack, serve to nodes. */
  ready: boolean;
  host: Host;
  checks: Check[];
  tools: Tool[];
  missing: { probe: string; package?: string; for: string }[];
  /** Commands that install what is missing, per family; only those that have something to install. */
  install: Partial<Record<Family, string>>;
}
