/** What is said of nodes, groups and profiles is checked at one door: nothing else gets into the registry. */
import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import { checkName } from '../system/names.ts';
import { fail } from './errors.ts';
import { normalizeMac } from './mac.ts';
import { GroupSchema, NodeSchema, ProfileSchema } from './schema.ts';
import type { GroupDocument, NodeDocument, ProfileDocument } from './schema.ts';

export type Kind = 'node' | 'group' | 'profile';
export interface Documents {
  node: NodeDocument;
  group: GroupDocument;
  profile: ProfileDocument;
}

const SCHEMAS = { node: NodeSchema, group: GroupSchema, profile: ProfileSchema };
const TITLES = { node: 'Node', group: 'Group', profile: 'Profile' };

/**
 * Checks and normalizes.
 * @param name for messages too; of nodes it may be a node set when `names` is false
 * @throws SlipwayError `name/invalid`, `node/bad-mac`, `boot/bad-argument`, `boot/reserved-argument`, `node/bad-address`, `node/bad-document`
 */
export function checkDocument<K extends Kind>(
  kind: K,
  name: string,
  document: unknown,
  { names = true } = {},
): Documents[K] {
  if (names) checkName(TITLES[kind], name);
  const parsed = SCHEMAS[kind].safeParse(document);
  if (parsed.success) return withoutTwins(parsed.data) as Documents[K];
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    document,
  );
  // These have errors of their own, with what to do about them.
  if (typeof value === 'string') {
    if (path[0] === 'macs' || path.at(-1) === 'mac') normalizeMac(value);
    if (path[0] === 'arguments') checkKernelArgument(value.replace(/^!/, ''));
    if (path.length === 1 && path[0] === 'address')
      throw fail('bad-address', { address: JSON.stringify(value.slice(0, 100)) });
  }
  // Of a wrong key the message is that of the key, which may be anything.
  const wrongKey = issue?.code === 'invalid_key';
  const where = (wrongKey ? path.slice(0, -1) : path).map(String).join('.') || 'the document';
  const message = wrongKey
    ? `${JSON.stringify(String(path.at(-1)).slice(0, 100))} ${issue.issues[0]?.message ?? 'is wrong'}`
    : (issue?.message ?? 'is wrong');
  throw fail('bad-document', { kind, name, path: where, message });
}

type Lists = Partial<Record<'macs' | 'groups' | 'profiles' | 'description', string[] | string>>;

/** Lists in which nothing can stand twice. */
function withoutTwins(document: Lists): Lists {
  for (const key of ['macs', 'groups', 'profiles'] as const) {
    const list = document[key];
    if (Array.isArray(list) && new Set(list).size !== list.length) document[key] = [...new Set(list)];
  }
  return document;
}
