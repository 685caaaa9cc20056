/** Kinds whose `data` has a whole tree, `root`. */
import { join } from 'node:path';
import { EXPORTED } from '../attach.ts';
import type { TreeKind } from './kind.ts';

export const bindEntry: TreeKind['entry'] = (data, _base, at) => ({
  source: join(data, 'root'),
  target: at,
  type: 'none',
  options: `bind,${EXPORTED}`,
});

export const comparedChanges: TreeKind['changes'] = async () => {
  throw new Error('not there yet');
};
