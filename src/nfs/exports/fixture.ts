import type { Export } from './export.ts';

/** For tests: the tree of a node. */
export const exported = (path: string, more: Partial<Export> = {}): Export => ({
  path,
  clients: ['10.0.0.1'],
  write: true,
  squash: false,
  labels: false,
  id: 1,
  ...more,
});
