/** Node sets of golden images: groups here. */
import { join } from 'node:path';
import { expandNames } from '../node/expand.ts';
import type { Harvest } from '../node/import/harvest.ts';
import { shown } from '../node/import/words.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import { SlipwayError } from '../system/errors.ts';
import { entriesOf } from './files.ts';
import { presetProblem } from './free-names.ts';
import type { FoundImage } from './images.ts';
import type { Leavings } from './left.ts';

/** A whole tree of one node. */
export interface FoundNodeTree {
  /** Here. */
  node: string;
  directory: string;
}

/**
 * @param boots which image each node boots, by the names here
 * @param trees whether trees of nodes are taken over
 * @returns those, by the names of images here
 */
export async function readNodeSets(
  images: readonly FoundImage[],
  nfs: string,
  harvest: Harvest,
  left: Leavings,
  boots: ReadonlyMap<string, string>,
  trees = false,
): Promise<Map<string, FoundNodeTree[]>> {
  const found = new Map<string, FoundNodeTree[]>();
  for (const image of images) {
    if (image.kind !== 'nfs-golden') continue;
    const names = namesOf(image, left);
    const file = join(image.directory, 'image_data.yml');
    const at = {
      line: image.written.places['nodes']?.line ?? 1,
      column: image.written.places['nodes']?.column ?? 1,
    };
    const problem = presetProblem(harvest, 'group', image.name);
    if (problem !== undefined) left.leave('node set', image.written.nodes ?? '', problem);
    for (const name of problem === undefined ? names : [])
      (harvest.nodes.get(name) ?? harvest.node(name, file, at))?.group(image.name, at);
    const taken = await readTrees(image, names, nfs, left, trees);
    if (taken.length > 0) found.set(image.name, taken);
    for (const { node } of taken) {
      const draft = harvest.nodes.get(node);
      if (draft?.document.image === image.name) draft.document.mode = 'nfs';
    }
    const strangers = [...boots].filter(([node, one]) => one === image.name && !names.includes(node));
    if (strangers.length > 0)
      left.leave(
        'image',
        image.source,
        `${foldBriefly(strangers.map(([node]) => node))} boot it, but are not in its node set`,
      );
  }
  return found;
}

function namesOf({ written, source }: FoundImage, left: Leavings): string[] {
  const set = written.nodes ?? '';
  if (set.trim() === '') return [];
  try {
    return expandNames(set);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    left.leave('node set', set, `of image ${shown(source)}: ${error.message}`);
    return [];
  }
}

/** A tree a node. Those of nodes that are not in the set stay where they are, and without `trees` all do. */
async function readTrees(
  { source, tree }: FoundImage,
  names: readonly string[],
  nfs: string,
  left: Leavings,
  trees: boolean,
): Promise<FoundNodeTree[]> {
  const directory = join(nfs, 'golden', source, 'nodes');
  const there = ((await entriesOf(directory)) ?? [])
    .filter((one) => one.kind === 'directory')
    .map((one) => one.name);
  const missing = names.filter((name) => !there.includes(name));
  if (missing.length > 0) left.leave('image', source, `${foldBriefly(missing)} have no tree in ${directory}`);
  const taken = trees && tree ? names.filter((name) => there.includes(name)) : [];
  const rest = there.length - taken.length;
  if (rest > 0)
    left.leave(
      'image',
      source,
      `${rest} trees of nodes in ${directory} stay there: ${taken.length > 0 ? 'they are not in its node set' : 'what nodes wrote is taken over with --trees only'}`,
    );
  return taken.map((node) => ({ node, directory: join(directory, node) }));
}
