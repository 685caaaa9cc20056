import type { Migration } from 'kysely';
import * as nodesAndBoots from './001-nodes-and-boots.ts';

/** In order of their names. A released migration is never changed: add one. */
export const migrations: Record<string, Migration> = {
  '001-nodes-and-boots': nodesAndBoots,
};
