import type { Migration } from 'kysely';
import * as nodesAndBoots from './001-nodes-and-boots.ts';
import * as documents from './002-documents.ts';

/** In order of their names. A released migration is never changed: add one. */
export const migrations: Record<string, Migration> = {
  '001-nodes-and-boots': nodesAndBoots,
  '002-documents': documents,
};
