/** What templates see: `node`, `cluster` and `image`. Plain data, made anew of what the registry says. */
import { createHash } from 'node:crypto';
import type { Db } from '../db/database.ts';
import type { Resolved } from '../image/types.ts';
import { readNodes, type Node } from '../node/node.ts';
import { revision } from '../node/presets.ts';
import type { Interface } from '../node/interface-schema.ts';
import { naturalCompare } from '../nodeset/natural.ts';

/** An interface with its name. */
export type NamedInterface = Interface & { name: string };

export interface NodeScope {
  name: string;
  /** Without prefix: what is reserved for it, else of its first interface that has one. Missing if there is none. */
  address?: string;
  groups: string[];
  profiles: string[];
  tags: Record<string, string>;
  variables: Record<string, unknown>;
  interfaces: Record<string, NamedInterface>;
  macs: string[];
  architecture: string;
  image?: string;
  mode?: string;
  arguments: string[];
  bmc: { address?: string; port?: number };
}

/** A node as others see it. */
export type Neighbour = Pick<
  NodeScope,
  'name' | 'address' | 'interfaces' | 'groups' | 'tags' | 'macs' | 'architecture'
>;

export interface ClusterScope {
  /** In natural order: n2 before n10. */
  nodes: Neighbour[];
  /** Names of the nodes of each group, in natural order. */
  groups: Record<string, string[]>;
}

export interface ImageScope {
  name: string;
  generation: number;
  digest: string;
  architecture: string;
  /** Version of the kernel. */
  kernel?: string;
}

/** A cluster, and a digest by which results made of it are known again. */
export interface Cluster {
  scope: ClusterScope;
  digest: string;
}

/** What is said of a machine, whether it is in the registry or not. */
export type NodeLike = Omit<Node, 'id' | 'macs' | 'address' | 'origin' | 'created' | 'updated'> &
  Partial<Pick<Node, 'id' | 'macs' | 'address'>>;

export function nodeScope(node: NodeLike): NodeScope {
  const { groups, profiles, tags, variables, architecture, image, mode, bmc } = node;
  return {
    ...neighbour(node),
    groups,
    profiles,
    tags,
    variables,
    architecture,
    ...(image !== undefined && { image }),
    ...(mode !== undefined && { mode }),
    arguments: node.arguments,
    bmc,
  };
}

function neighbour(node: NodeLike): Neighbour {
  const { name, groups, tags, macs = [], architecture } = node;
  const interfaces: Record<string, NamedInterface> = {};
  for (const [key, one] of Object.entries(node.interfaces)) interfaces[key] = { name: key, ...one };
  const address =
    node.address ??
    Object.values(interfaces)
      .find((one) => one.address !== undefined)
      ?.address?.replace(/\/.*/, '');
  return { name, ...(address !== undefined && { address }), groups, tags, interfaces, macs, architecture };
}

export function imageScope({ generation, config }: Resolved): ImageScope {
  const { name, generation: number, digest } = generation;
  const kernel = config.kernel?.version;
  return {
    name,
    generation: number,
    digest,
    architecture: config.architecture,
    ...(kernel !== undefined && { kernel }),
  };
}

export function clusterScope(nodes: readonly Node[]): ClusterScope {
  const sorted = nodes.toSorted((a, b) => naturalCompare(a.name, b.name));
  const groups = new Map<string, string[]>();
  for (const { name, groups: named } of sorted)
    for (const group of named) {
      const members = groups.get(group);
      if (members) members.push(name);
      else groups.set(group, [name]);
    }
  return {
    nodes: sorted.map(neighbour),
    groups: Object.fromEntries([...groups].toSorted(([a], [b]) => naturalCompare(a, b))),
  };
}

/** Reads the cluster when it is first asked for after a change of the registry; askers at once get the same. */
export class ClusterReader {
  readonly #db: Db;
  #revision = -1;
  #cluster: Promise<Cluster> | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  async read(): Promise<Cluster> {
    const now = await revision(this.#db);
    if (this.#cluster === undefined || now !== this.#revision) {
      this.#revision = now;
      const made = readNodes(this.#db).then((nodes) => {
        const scope = clusterScope(nodes);
        return { scope, digest: createHash('sha256').update(JSON.stringify(scope)).digest('hex') };
      });
      made.catch(() => (this.#cluster = undefined));
      this.#cluster = made;
    }
    return await this.#cluster;
  }
}
