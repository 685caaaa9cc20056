/**
 * What nodes run against what they would get at their next boot: by content, so a
 * tag that moved, an argument or a template that changed count, and a new tag for
 * the same image does not.
 */
import type { Db } from '../db/database.ts';
import type { Catalog } from '../image/catalog.ts';
import { comparePackages } from '../image/packages.ts';
import type { Resolved } from '../image/types.ts';
import { filesContext } from '../files/context.ts';
import { renderFiles } from '../files/render.ts';
import { fingerprints, type RenderedFile } from '../files/rendered.ts';
import { chunks } from '../node/expand.ts';
import type { Node } from '../node/node.ts';
import { listNodes } from '../node/registry.ts';
import type { Installation } from '../system/config.ts';
import { SlipwayError } from '../system/errors.ts';
import { silent, type Sink } from '../system/events.ts';
import { bootArguments, makePlan, type Planning } from './plan.ts';
import { siteSecret } from './keys.ts';
import type { Given, Session } from './session.ts';
import { keptSettings, settingLines } from './settings.ts';

export interface Change {
  what: 'image' | 'mode' | 'argument' | 'setting' | 'file' | 'packages' | 'assignment';
  /** The argument, the setting, or the path of the file. */
  name?: string;
  /** Null: it is not there. */
  from: string | null;
  to: string | null;
}

export interface Drift {
  node: string;
  /** Digest of the image that it runs; null where it is not known to be up. */
  running: string | null;
  /** Digest of the image that it would boot; null where it has none that can be booted. */
  assigned: string | null;
  /** Whether its next boot would change it. */
  drift: boolean;
  changes: Change[];
}

export interface DriftContext {
  installation: Installation;
  db: Db;
  catalog: Pick<Catalog, 'resolve'>;
  sink?: Sink;
  /** The files that a node would get; default: those that it would get now. */
  files?: (node: Node, session: Session, image: Resolved) => Promise<RenderedFile[]>;
}

/** Nodes in the order of their names; all of them without `expr`. @throws SlipwayError `node/unknown` */
export async function findDrift(context: DriftContext, expr?: string): Promise<Drift[]> {
  const { db, catalog, installation, sink = silent } = context;
  const nodes = await listNodes(db, expr);
  const running = await runningSessions(
    db,
    nodes.map((node) => node.id),
  );
  const rendered = filesContext(db, await siteSecret(installation.paths, { db, sink }));
  const files: DriftContext['files'] = async (node, { mac: bootMac }, image) =>
    await renderFiles(rendered, node, { bootMac, image: async () => image });
  const kept = keep((ref) => catalog.resolve(ref));
  const packages = keep(async (pair: string) => {
    const [from = '', to = ''] = pair.split(' ');
    return packageChange(await kept(from), await kept(to));
  });
  const all: Drift[] = [];
  for (const node of nodes) {
    const session = running.get(node.id);
    all.push(await driftOf({ files, ...context, catalog: { resolve: kept } }, packages, node, session));
  }
  return all;
}

async function driftOf(
  { installation, catalog, files }: DriftContext,
  packages: (pair: string) => Promise<Change | undefined>,
  node: Node,
  session: Session | undefined,
): Promise<Drift> {
  const changes: Change[] = [];
  const planning = { images: catalog, installation };
  const plan = node.image === undefined ? undefined : await planOf(planning, node, node.image);
  const assigned = plan && 'image' in plan ? plan.image.generation.digest : null;
  const base = { node: node.name, running: session?.digest ?? null, assigned };
  if (!session) return { ...base, drift: false, changes };
  if (!plan || 'why' in plan) {
    changes.push({ what: 'assignment', from: session.image, to: plan ? plan.why : null });
    return { ...base, drift: true, changes };
  }
  const given = JSON.parse(session.given) as Given;
  const { host } = given;
  const { image, mode, own } = plan;
  if (session.digest !== assigned) {
    changes.push({
      what: 'image',
      from: session.image,
      to: `${image.generation.name}:${image.generation.generation}`,
    });
    const found = await packages(`${session.digest} ${image.generation.digest}`).catch(() => undefined);
    if (found) changes.push(found);
  }
  if (session.mode !== mode.name) changes.push({ what: 'mode', from: session.mode, to: mode.name });
  if (given.arguments)
    changes.push(...argumentChanges(given.arguments, bootArguments(installation, { ...plan, node, host })));
  if (given.files && files) {
    const now = await filesNow(() => files(node, session, image));
    if ('why' in now) changes.push({ what: 'assignment', name: 'files', from: null, to: now.why });
    else {
      const settings = keptSettings(
        settingLines({ installation, image, mode, node, given: { own, host }, files: now.files }),
      );
      // Another mode has other settings, and is told already.
      if (given.settings && session.mode === mode.name)
        changes.push(...valueChanges('setting', given.settings, settings));
      changes.push(...valueChanges('file', given.files, fingerprints(now.files)));
    }
  }
  return { ...base, drift: changes.length > 0, changes };
}

async function planOf(planning: Planning, node: Node, ref: string) {
  try {
    return await makePlan(planning, node, ref, node.mode);
  } catch (error) {
    if (error instanceof SlipwayError) return { why: error.message };
    throw error;
  }
}

/** What was taken away, then what is new; the same words in another order are a change of `order`. */
function argumentChanges(from: readonly string[], to: readonly string[]): Change[] {
  const gone = from.filter((one) => !to.includes(one));
  const added = to.filter((one) => !from.includes(one));
  const nameOf = (argument: string) => argument.split('=')[0] ?? argument;
  const changes: Change[] = gone.map((one) => {
    const index = added.findIndex((other) => nameOf(other) === nameOf(one));
    const [other = null] = index < 0 ? [] : added.splice(index, 1);
    return { what: 'argument', name: nameOf(one), from: one, to: other };
  });
  changes.push(...added.map((one): Change => ({ what: 'argument', name: nameOf(one), from: null, to: one })));
  if (changes.length === 0 && from.join('\0') !== to.join('\0'))
    changes.push({ what: 'argument', name: 'order', from: from.join(' '), to: to.join(' ') });
  return changes;
}

/** With a mistake in them the node would get a script that says so. */
async function filesNow(
  render: () => Promise<RenderedFile[]>,
): Promise<{ files: RenderedFile[] } | { why: string }> {
  try {
    return { files: await render() };
  } catch (error) {
    if (error instanceof SlipwayError) return { why: error.message };
    throw error;
  }
}

function valueChanges(
  what: 'setting' | 'file',
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): Change[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .toSorted()
    .filter((name) => from[name] !== to[name])
    .map((name) => ({ what, name, from: from[name] ?? null, to: to[name] ?? null }));
}

/** How many packages differ, from the lists that the images carry. */
function packageChange({ config: before }: Resolved, { config: after }: Resolved): Change | undefined {
  const { added, removed, changed } = comparePackages(before.packages, after.packages);
  if (added.length + removed.length + changed.length === 0) return undefined;
  return {
    what: 'packages',
    from: String(before.packages.length),
    to: `${after.packages.length}: ${added.length} added, ${removed.length} removed, ${changed.length} in another version`,
  };
}

/** The same question is asked for thousands of nodes. */
function keep<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const found = known.get(key) ?? work(key);
    known.set(key, found);
    return found;
  };
}

/** The boot that each node is up by. One that has begun to boot again runs nothing. */
async function runningSessions(db: Db, ids: readonly string[]): Promise<Map<string, Session>> {
  const found = new Map<string, Session>();
  for (const part of chunks(ids)) {
    const rows = await db
      .selectFrom('boot_session')
      .selectAll()
      .where('node_id', 'in', part)
      .where('ended', 'is', null)
      .where('stage', '=', 'ready')
      .execute();
    for (const row of rows) found.set(row.node_id ?? '', row);
  }
  return found;
}
