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

/** @param boots which image each node boots, by the names here */
export async function readNodeSets(
  images: readonly FoundImage[],
  nfs: string,
  harvest: Harvest,
  left: Leavings,
  boots: ReadonlyMap<string, string>,
): Promise<void> {
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
    await tellTrees(image, names, nfs, left);
    const strangers = [...boots].filter(([node, one]) => one === image.name && !names.includes(node));
    if (strangers.length > 0)
      left.leave(
        'image',
        image.source,
        `${foldBriefly(strangers.map(([node]) => node))} boot it, but are not in its node set`,
      );
  }
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

/** A tree a node: they stay where they are. */
async function tellTrees(
  { source }: FoundImage,
  names: readonly string[],
  nfs: string,
  left: Leavings,
): Promise<void> {
  const directory = join(nfs, 'golden', source, 'nodes');
  const there = ((await entriesOf(directory)) ?? [])
    .filter((one) => one.kind === 'directory')
    .map((one) => one.name);
  if (there.length > 0)
    left.leave(
      'image',
      source,
      `the ${there.length} trees of nodes in ${directory} stay there: what nodes wrote is not taken over`,
    );
  const missing = names.filter((name) => !there.includes(name));
  if (missing.length > 0) left.leave('image', source, `${foldBriefly(missing)} have no tree in ${directory}`);
}
