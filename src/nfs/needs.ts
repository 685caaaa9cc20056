import type { InUse } from '../image/types.ts';
import type { Paths } from '../system/paths.ts';
import { listNodeTrees } from './records.ts';

/** `inUse`, and nodes whose tree stands on a generation: they boot its kernel until they are refreshed, whatever is assigned. */
export function andTrees(paths: Paths, inUse: InUse): InUse {
  return async (generation) => {
    const { name, digest } = generation;
    const trees = (await listNodeTrees(paths, name)).filter(({ base }) => base === digest);
    return [...new Set([...(await inUse(generation)), ...trees.map(({ node }) => node)])];
  };
}
