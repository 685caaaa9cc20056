/** What a change of the registry is made of, and who makes it. */
import type { NodeTable } from '../db/tables.ts';
import { currentUser } from '../system/user.ts';
import type { GroupDocument, NodeDocument, ProfileDocument } from './schema.ts';

/** Who changes the registry, and by what face. */
export interface Actor {
  who: string;
  via: 'cli' | 'api' | 'server';
  /** Tags of the documents as this actor knows them: a change of any other is refused. */
  match?: readonly string[];
}

interface Common<K, D> {
  kind: K;
  name: string;
  /** Nothing: it was not there. */
  before?: D;
  /** Nothing: it is removed. */
  after?: D;
}
export interface NodeEntry extends Common<'node', NodeDocument> {
  /** Of a node that is there; a new one may bring its own. */
  id?: string;
  origin?: NodeTable['origin'];
}
/** One document of a change. */
export type Entry = NodeEntry | Common<'group', GroupDocument> | Common<'profile', ProfileDocument>;

/** The user of this process; behind sudo the one who called it. */
export function localActor(): Actor {
  return { who: currentUser(), via: 'cli' };
}

export const SERVER: Actor = { who: 'slipway', via: 'server' };
