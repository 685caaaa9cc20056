import type { InUse } from '../image/types.ts';
import type { Paths } from '../system/paths.ts';
import { listNodeTrees, type NodeTree } from './records.ts';

/** `inUse`, and nodes whose tree stands on a generation: they boot its kernel until they are refreshed, whatever is assigned. */
export function andTrees(paths: Paths, inUse: InUse): InUse {
  // Asked for one generation after the other: records are read once.
  const known = new Map<string, Promise<NodeTree[]>>();
  return async (generation) => {
    const { name, digest } = generation;
    const all = known.get(name) ?? listNodeTrees(paths, name);
    known.set(name, all);
    const trees = (await all).filter(({ base }) => base === digest);
    return [...new Set([...(await inUse(generation)), ...trees.map(({ node }) => node)])];
  };
}
