/** Which nodes run from their tree now, as far as this host can know. */
import { readdir, readFile } from 'node:fs/promises';
import { bootClock } from '../boot/clock.ts';
import type { Db } from '../db/database.ts';
import { nodeAddresses } from './exports/clients.ts';

/** Clients of the kernel's NFS server: a directory each, since Linux 5.3. */
const CLIENTS = '/proc/fs/nfsd/clients';
const MODE = 'nfs';

/**
 * Those of `nodes` that run from their tree of an image: their last boot was one in mode nfs of it, and nobody has
 * heard of its end; or the kernel's NFS server has them as a client now. A node that was switched off may be among
 * them: nothing tells of that.
 * @param image its name
 */
export async function bootedFrom(
  db: Db,
  image: string,
  nodes: readonly string[],
  clients = CLIENTS,
): Promise<string[]> {
  const sessions = await db
    .selectFrom('boot_session')
    .select(['node_name', 'image', 'stage', 'expires'])
    .where('mode', '=', MODE)
    .where('ended', 'is', null)
    .execute();
  const now = bootClock.now();
  const open = sessions.filter(
    (one) =>
      nameOf(one.image) === image && one.stage !== 'trap' && (one.stage === 'ready' || one.expires > now),
  );
  const booted = new Set(open.map((one) => one.node_name));
  const connected = await connectedClients(clients);
  const registered =
    connected.size > 0 ? (await nodeAddresses(db, nodes)).nodes : new Map<string, string[]>();
  return nodes.filter((node) => booted.has(node) || registered.get(node)?.some((one) => connected.has(one)));
}

const nameOf = (label: string) => label.slice(0, label.lastIndexOf(':'));

/** Addresses of clients; version 3 has no list of them. */
async function connectedClients(directory: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const one of await readdir(directory).catch(() => [] as string[])) {
    const info = await readFile(`${directory}/${one}/info`, 'utf8').catch(() => '');
    const address = /^address: "?([^"\s]+):\d+"?$/m.exec(info)?.[1];
    if (address !== undefined) found.add(address);
  }
  return found;
}
