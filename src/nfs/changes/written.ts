/** What Slipway itself writes into a node's root at each boot: docs/boot-protocol.md. It is no change of the node. */
import type { Db } from '../../db/database.ts';
import type { Given } from '../../boot/session.ts';
import type { FileChange } from '../../image/compare-trees.ts';
import { realPath } from '../../mounts/cleaning.ts';
import type { Sandbox } from '../../system/sandbox.ts';

export interface Registry {
  /** The registry of nodes: it knows which files a node was given. */
  db?: Db;
}

/** By the initramfs: handover.sh; and what it leaves beside these if the node is switched off in that moment. */
const HANDOVER = ['hostname', 'machine-id', 'resolv.conf'].flatMap((name) => [
  `/etc/${name}`,
  `/etc/.slipway.${name}`,
]);

/** Paths in the tree, bytes as latin1; `after` is the node's tree, in which nobody writes. */
export async function writtenAtBoot({ db }: Registry, node: string, after: Sandbox): Promise<Set<string>> {
  const wanted = new Set(HANDOVER);
  const sessions =
    (await db?.selectFrom('boot_session').select('given').where('node_name', '=', node).execute()) ?? [];
  for (const { given } of sessions)
    for (const path of Object.keys((JSON.parse(given) as Given).files ?? {})) wanted.add(path);
  const found = new Set<string>();
  for (const path of wanted) found.add(await realPath(after, path, false));
  return found;
}

/** Without `ours`, and without new directories in which nothing else is. @param bytesOf path of a change as latin1 */
export function withoutOurs<T extends Pick<FileChange, 'change' | 'type'>>(
  changes: readonly T[],
  ours: ReadonlySet<string>,
  bytesOf: (change: T) => string,
): T[] {
  const [leading, needed] = [new Set<string>(), new Set<string>()];
  for (const path of ours) addParents(leading, path);
  const isWay = (one: T) => one.change === 'added' && one.type === 'directory' && leading.has(bytesOf(one));
  const left = changes.filter((one) => !ours.has(bytesOf(one)));
  for (const one of left) if (!isWay(one)) addParents(needed, bytesOf(one));
  return left.filter((one) => !isWay(one) || needed.has(bytesOf(one)));
}

function addParents(to: Set<string>, path: string): void {
  for (let at = parentOf(path); at !== '' && !to.has(at); at = parentOf(at)) to.add(at);
}

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
