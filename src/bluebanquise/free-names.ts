/** Names that a harvest would refuse: here each is told, and the rest goes on. */
import { isIP } from 'node:net';
import type { Harvest } from '../node/import/harvest.ts';
import { nearestName, shown, splitHostName } from '../node/import/words.ts';
import { NAME } from '../system/names.ts';

/** Why there can be no such node; nothing if there can. */
export function nodeProblem(harvest: Harvest, text: string): string | undefined {
  const { name } = splitHostName(text);
  if (!NAME.test(name) || isIP(text)) return 'this is no name of a node';
  const there = harvest.nodes.get(name);
  if (!there || there.source.toLowerCase() === text.toLowerCase()) return undefined;
  return `its name would be ${name}, as that of ${shown(there.source)}`;
}

/** Why there can be no such group or profile; nothing if there can. */
export function presetProblem(harvest: Harvest, kind: 'group' | 'profile', text: string): string | undefined {
  const name = nearestName(text);
  if (name === undefined) return 'its name has no letters or digits';
  const there = harvest[`${kind}s`].get(name);
  if (!there || there.source.toLowerCase() === text.toLowerCase()) return undefined;
  return `its name would be ${name}, as that of ${shown(there.source)}`;
}
