/** Saying of nodes, groups and profiles which files they give. */
import type { Db } from '../db/database.ts';
import { writeChange } from '../node/change.ts';
import { localActor, type Actor, type Entry, type NodeEntry } from '../node/entry.ts';
import { expandNodes } from '../node/expand.ts';
import { readOwn } from '../node/node.ts';
import { showPreset } from '../node/preset-registry.ts';
import type { FileSpec } from '../node/file-schema.ts';
import type { Settings } from '../node/schema.ts';
import { closest } from '../system/closest.ts';
import { BUILTINS } from './builtin/index.ts';
import { putContent } from './contents.ts';
import { fail } from './errors.ts';
import { parseTemplate } from './template.ts';

/** Who gives a file: nodes themselves, or one group or profile. */
export type Owner = { nodes: string } | { group: string } | { profile: string };

/** A file as a user says it: with its content instead of a digest. */
export type GivenFile = Omit<FileSpec, 'content'> & { content?: Uint8Array };

/**
 * @param given nothing: takes away what the owner says of the path; null: its nodes do not get what others say of it
 * @returns what the owner said of it before, of each that was changed
 * @throws SlipwayError `node/unknown`, `node/no-preset`, `node/bad-document`, `file/not-set`, `file/template`, `file/large`, `file/no-builtin`, `file/unknown-secret`
 */
export async function sayFile(
  db: Db,
  owner: Owner,
  path: string,
  given: GivenFile | null | undefined,
  actor: Actor = localActor(),
): Promise<void> {
  if (given) await check(db, path, given);
  await db.transaction().execute(async (t) => {
    const spec = given ? await specOf(t, path, given) : given;
    const entries = await entriesOf(t, owner);
    let found = false;
    for (const entry of entries) {
      const files = { ...entry.before?.files };
      found ||= Object.hasOwn(files, path);
      if (spec === undefined) delete files[path];
      else files[path] = spec;
      entry.after = { ...entry.before, files };
    }
    if (spec === undefined && !found) throw fail('not-set', { owner: titleOf(owner), path });
    await writeChange(t, actor, `file ${verbOf(given)} ${path}: ${titleOf(owner)}`, entries);
  });
}

/** What the owner itself says of files; of several nodes of the first one. @throws SlipwayError `node/unknown`, `node/no-preset` */
export async function saidFiles(db: Db, owner: Owner): Promise<NonNullable<Settings['files']>> {
  const [first] = await entriesOf(db, owner);
  return first?.before?.files ?? {};
}

export function titleOf(owner: Owner): string {
  if ('nodes' in owner) return owner.nodes;
  return 'group' in owner ? `group ${owner.group}` : `profile ${owner.profile}`;
}

async function entriesOf(db: Db, owner: Owner): Promise<Entry[]> {
  if ('nodes' in owner) {
    const ids = (await expandNodes(db, owner.nodes)).map((node) => node.id);
    return (await readOwn(db, ids)).map(({ id, name, origin, document: before }): NodeEntry => ({
      kind: 'node',
      id,
      name,
      origin,
      before,
    }));
  }
  const [kind, name] =
    'group' in owner ? (['group', owner.group] as const) : (['profile', owner.profile] as const);
  const { settings } = await showPreset(db, kind, name);
  return [{ kind, name, before: settings }];
}

/** What can be known to be wrong before a node wants it. */
async function check(db: Db, path: string, given: GivenFile): Promise<void> {
  if (given.template && given.content) parseTemplate(Buffer.from(given.content).toString(), path);
  if (given.builtin !== undefined && !BUILTINS.some((one) => one.name === given.builtin))
    throw fail('no-builtin', {
      path,
      builtin: given.builtin,
      known: BUILTINS.map((one) => one.name).join(', '),
    });
  if (given.secret === undefined) return;
  const names = (await db.selectFrom('secret').select('name').execute()).map((row) => row.name);
  if (names.includes(given.secret)) return;
  const near = closest(given.secret, names);
  throw fail('unknown-secret', { name: given.secret, near: near ? `Did you mean ${near}? ` : '' });
}

async function specOf(t: Db, path: string, { content, ...rest }: GivenFile): Promise<FileSpec> {
  const said = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined && value !== false),
  );
  return content === undefined ? said : { content: await putContent(t, path, content), ...said };
}

function verbOf(given: GivenFile | null | undefined): string {
  if (given === undefined) return 'rm';
  return given === null ? 'skip' : 'set';
}
