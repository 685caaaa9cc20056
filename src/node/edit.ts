/** Changing what is said of a node, group or profile piece by piece. */
import type { Interface } from './interface-schema.ts';
import type { GroupDocument, NodeDocument, ProfileDocument } from './schema.ts';

/** Any of the documents: a key that one kind does not have is refused when it is written. */
export type AnyDocument = NodeDocument & GroupDocument & ProfileDocument;

export type ListKey = 'macs' | 'arguments' | 'groups' | 'profiles';
/** A key, or a key of a record, or one in it: `['image']`, `['tags', 'rack']`, `['interfaces', 'eth0', 'mtu']`. */
export type Path = readonly [keyof AnyDocument, ...string[]];

/** What is done, in this order. What is not named stays. */
export interface Edit {
  /** What goes. */
  unset?: readonly Path[];
  /** Single values and lists are replaced; records (tags, variables, interfaces, files, bmc) key by key. */
  set?: Partial<AnyDocument>;
  /** What goes from lists; what is not in them is passed over. */
  remove?: Partial<Record<ListKey, readonly string[]>>;
  /** What comes to the ends of lists, if it is not in them. */
  add?: Partial<Record<ListKey, readonly string[]>>;
}

const RECORDS = ['ipxe', 'tags', 'variables', 'files', 'bmc'] as const;

/** Makes the edited document; the given one stays. */
export function edited<D extends NodeDocument | GroupDocument | ProfileDocument>(document: D, edit: Edit): D {
  const result = structuredClone(document) as AnyDocument;
  for (const path of edit.unset ?? []) unset(result, path);
  const { interfaces, ...rest } = edit.set ?? {};
  for (const [key, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    const whole = !(RECORDS as readonly string[]).includes(key);
    const before = result[key as 'tags'];
    Object.assign(result, { [key]: whole ? value : { ...before, ...(value as object) } });
  }
  if (interfaces) result.interfaces = mergedInterfaces(result.interfaces ?? {}, interfaces);
  for (const [key, gone] of Object.entries(edit.remove ?? {}) as [ListKey, readonly string[]][])
    if (result[key]) result[key] = result[key].filter((one) => !gone.includes(one));
  for (const [key, more] of Object.entries(edit.add ?? {}) as [ListKey, readonly string[]][])
    result[key] = [...new Set([...(result[key] ?? []), ...more])];
  return result as D;
}

type Interfaces = Record<string, Interface | null>;

/** An interface keeps what is not said of it anew. */
function mergedInterfaces(before: Interfaces, more: Interfaces): Interfaces {
  const pairs = Object.entries(more).map(([name, one]): [string, Interface | null] => [
    name,
    one && { ...(Object.hasOwn(before, name) ? before[name] : undefined), ...one },
  ]);
  return { ...before, ...Object.fromEntries(pairs) };
}

function unset(from: object, [key, ...rest]: readonly string[]): void {
  if (key === undefined || !Object.hasOwn(from, key)) return;
  const record = from as Record<string, unknown>;
  const inner = record[key];
  if (rest.length > 0 && typeof inner === 'object' && inner !== null) {
    unset(inner, rest);
    if (Object.keys(inner).length > 0) return;
  }
  delete record[key];
}
