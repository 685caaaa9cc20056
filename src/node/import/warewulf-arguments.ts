/**
 * Kernel arguments of Warewulf. Lists (4.6) add up over profiles and node, as ours do.
 * A text (before) takes the place of all that earlier profiles say: here the node says
 * `!argument` for each that is not to hold.
 */
import type { Layer } from './warewulf.ts';

export interface GivenArguments {
  /** A text. */
  replaces: boolean;
  words: { word: string; negated: boolean }[];
}

/** @param layers of a node: its profiles and itself, lowest first */
export function writeArguments(layer: Layer, layers: readonly Layer[]): void {
  const last = layers.findLastIndex((one) => one.arguments?.replaces);
  if (last > 0) {
    const wordsOf = (some: readonly Layer[]) => some.flatMap((one) => one.arguments?.words ?? []);
    const kept = new Set(wordsOf(layers.slice(last)).map(({ word }) => word));
    for (const { word } of wordsOf(layers.slice(0, last)))
      if (!kept.has(word)) layer.draft.argument(word, true);
  }
  for (const { word, negated } of layer.arguments?.words ?? []) layer.draft.argument(word, negated);
}
