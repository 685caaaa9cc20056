import type { Resolved } from './types.ts';

/** Of the tree of a generation, bytes: as it is, where it has been made. */
export function treeBytes({ published = [], config }: Resolved): number {
  const made = published.find(({ mode, options }) => TREES.has(mode) && Number(options['bytes']) > 0);
  return made ? Number(made.options['bytes']) : config.layers.reduce((sum, layer) => sum + layer.unpacked, 0);
}

/** Modes that share it. */
const TREES = new Set(['nfs', 'readonly']);
