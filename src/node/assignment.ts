/** Which image and mode each node boots, and what became of it. */
import { makePlan, type Planning } from '../boot/plan.ts';
import { sessionsOf, type SessionView } from '../boot/history.ts';
import { pinnedNow } from '../boot/keep-sessions.ts';
import type { Db } from '../db/database.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Generation, InUse } from '../image/types.ts';
import { DEFAULT_MODE, findMode, modes } from '../modes/index.ts';
import type { Installation } from '../system/config.ts';
import type { Actor } from './entry.ts';
import { edited } from './edit.ts';
import { fail } from './errors.ts';
import { readNodes, type Node } from './node.ts';
import type { NodeDocument } from './schema.ts';
import { revision } from './presets.ts';
import { editNodes, listNodes, showNode } from './registry.ts';

export interface Assignment {
  /** Reference in the catalog; without it each node keeps its own. */
  image?: string;
  mode?: string;
  /** What they boot: `image`, `disk`, `next` or a target. Default: their image, where one is named. */
  boot?: string;
  /** iPXE variables, instead of the nodes' own; null takes one away. */
  ipxe?: Record<string, string | null>;
}

/**
 * Assigns an image and a mode to nodes, all or none, after a look whether they can boot so.
 * @throws SlipwayError `node/unknown`, `node/no-image`, `node/architecture`, `image/…`, `boot/no-mode`, `boot/unbootable`
 */
export async function setBoot(
  db: Db,
  catalog: Pick<Catalog, 'resolve'>,
  expr: string,
  assignment: Assignment,
  actor?: Actor,
  installation?: Installation,
): Promise<Node[]> {
  const { image, mode, boot, ipxe } = assignment;
  // Outside of the transaction, which others wait for: reading the catalog may take a while.
  const nodes = await listNodes(db, expr);
  if (boot === undefined || boot === 'image')
    await checkBoots({ images: catalog, installation }, nodes, assignment);
  const away = new Set(nodes.filter((node) => (node.boot ?? 'image') !== 'image').map((node) => node.name));
  const summary = `boot set ${expr}: ${[boot, image, mode].filter((one) => one !== undefined).join(' ')}`;
  const edit = (document: NodeDocument, { name }: { name: string }): NodeDocument => {
    const target = boot ?? (image !== undefined && away.has(name) ? 'image' : undefined);
    return edited(document, { set: { image, mode, boot: target, ipxe } });
  };
  return await editNodes(db, expr, summary, edit, actor);
}

/** Whether each could boot so. @throws SlipwayError as {@link setBoot} */
async function checkBoots(planning: Planning, nodes: readonly Node[], assignment: Assignment): Promise<void> {
  const checked = new Set<string>();
  for (const node of nodes) {
    const image = assignment.image ?? node.image;
    if (image === undefined) throw fail('no-image', { node: node.name });
    const mode = assignment.mode ?? node.mode ?? DEFAULT_MODE;
    const key = `${image} ${mode} ${findMode(mode).own ? node.name : node.architecture}`;
    if (!checked.has(key)) await makePlan(planning, node, image, mode);
    checked.add(key);
  }
}

/** For a change of nodes that names an image or a mode: a check of what they are to be then. */
export function bootsWith(
  catalog: Pick<Catalog, 'resolve'>,
  { image, mode }: Assignment,
  installation?: Installation,
): ((nodes: readonly Node[]) => Promise<void>) | undefined {
  if (image === undefined && mode === undefined) return undefined;
  return async (nodes) => await checkBoots({ images: catalog, installation }, nodes, {});
}

/** What a node boots next, and how it booted. */
export interface BootView {
  node: string;
  /** Reference as it was assigned. */
  image?: string;
  mode?: string;
  /** What it boots instead of the image, if anything. */
  boot?: string;
  /** What the reference means now, for this node; nothing if it means nothing any more. */
  generation?: Pick<Generation, 'name' | 'generation' | 'digest' | 'state'>;
  /** The newest session. */
  last?: SessionView;
  /** Whether the next boot brings something else than the last one did. */
  stale?: boolean;
}

/** One node, with all boots that are remembered. @throws SlipwayError `node/unknown` */
export async function showBoot(
  db: Db,
  catalog: Pick<Catalog, 'find' | 'resolve'>,
  name: string,
  installation?: Installation,
): Promise<BootView & { history: SessionView[]; problem?: string }> {
  const node = await showNode(db, name);
  const history = await sessionsOf(db, node.id);
  const { own, problem } = await ownMeaning(catalog, node, installation);
  if (problem !== undefined) return { ...view(node, undefined, history[0]), history, problem };
  return { ...view(node, own ?? (await meaning(catalog, node.image)), history[0]), history };
}

/** Where the mode keeps another generation for the node: that one, or why it has none. */
async function ownMeaning(
  catalog: Pick<Catalog, 'find' | 'resolve'>,
  node: Node,
  installation?: Installation,
): Promise<{ own?: Generation; problem?: string }> {
  if (node.image === undefined || !modes.find(({ name }) => name === node.mode)?.own) return {};
  try {
    const plan = await makePlan({ images: catalog, installation }, node, node.image, node.mode);
    return { own: plan.image.generation };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * For the catalog's rm and gc: which nodes need a generation. A node counts that is
 * assigned to it by whatever reference, as that is understood now, and a node
 * that boots it at this moment, whatever it will boot next.
 */
export function generationsInUse(db: Db, catalog: Pick<Catalog, 'find'>): InUse {
  // Asked for one generation after the other: the nodes are read once, as long as the registry stays.
  let known: { revision: number; byImage: Map<string, string[]> } | undefined;
  const nodesByImage = async () => {
    const now = await revision(db);
    if (known?.revision === now) return known.byImage;
    const byImage = new Map<string, string[]>();
    for (const [image, nodes] of Map.groupBy(await readNodes(db), (node) => node.image))
      if (image !== undefined)
        byImage.set(
          image,
          nodes.map((node) => node.name),
        );
    known = { revision: now, byImage };
    return byImage;
  };
  return async ({ name, generation, digest }) => {
    const names = new Set<string>();
    for (const [image, nodes] of await nodesByImage()) {
      const found = await meaning(catalog, image);
      if (found?.name === name && found.generation === generation) for (const node of nodes) names.add(node);
    }
    for (const pinned of await pinnedNow(db, keepsReading))
      if (pinned.digest === digest && pinned.image === `${name}:${generation}`) names.add(pinned.node);
    return [...names];
  };
}

/** Which nodes boot a generation in a mode: those that are assigned to it so, and those on their way. */
export function nodesInMode(
  db: Db,
  catalog: Pick<Catalog, 'find'>,
): (generation: Generation, mode: string) => Promise<string[]> {
  return async ({ digest }, mode) => {
    const names = new Set<string>();
    for (const node of await readNodes(db)) {
      if ((node.mode ?? DEFAULT_MODE) !== mode) continue;
      if ((await meaning(catalog, node.image))?.digest === digest) names.add(node.name);
    }
    const booting = await pinnedNow(db, (other) => other === mode && keepsReading(other));
    for (const pinned of booting)
      if (pinned.digest === digest && pinned.mode === mode) names.add(pinned.node);
    return [...names];
  };
}

function keepsReading(name: string): boolean {
  // A mode that is not there any more is taken for one that needs its image.
  return modes.find((mode) => mode.name === name)?.keepsReading ?? true;
}

async function meaning(
  catalog: Pick<Catalog, 'find'>,
  ref: string | undefined,
): Promise<Generation | undefined> {
  if (ref === undefined) return undefined;
  try {
    return await catalog.find(ref);
  } catch {
    return undefined; // Removed, or renamed: shown as having no meaning.
  }
}

function view(node: Node, now: Generation | undefined, last: SessionView | undefined): BootView {
  const mode = node.image === undefined ? node.mode : (node.mode ?? DEFAULT_MODE);
  return {
    node: node.name,
    image: node.image,
    mode,
    ...(node.boot !== undefined && node.boot !== 'image' && { boot: node.boot }),
    generation: now && { name: now.name, generation: now.generation, digest: now.digest, state: now.state },
    last,
    stale: last && now ? last.digest !== now.digest || last.mode !== mode : undefined,
  };
}
