/** Which nodes run from their tree now, as far as this host can know, and by what it knows. */
import { bootClock } from '../boot/clock.ts';
import type { Db } from '../db/database.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import { contactOf, SILENT, type Contact } from './contact.ts';
import { fail } from './errors.ts';
import { nodeAddresses } from './exports/clients.ts';
import { listenAddress } from './exports/ganesha.ts';

const MODE = 'nfs';
/** Nodes whose evidence is told. */
const TOLD = 3;

export interface Booted {
  node: string;
  /** When its last boot from the tree began, milliseconds since 1970; nothing: the boot server knows of none. */
  began?: number;
  /** Seconds since its NFS client was heard of; `unknown`: it is connected. Nothing: it is no client now. */
  heard?: number | 'unknown';
}

export interface Found {
  booted: Booted[];
  /** They booted from it and nobody heard of their end, but they are no clients any more: switched off. */
  silent: string[];
}

/**
 * Those of `nodes` that run from their tree of an image. A boot in mode nfs of it of whose end nobody heard counts,
 * and so does a client of this host's NFS server whose last boot was of nothing else. A boot counts no more once the
 * server has not heard of the node for ten minutes, where that means something: with NFSv4, and a server here that
 * has run longer than that.
 * @param image its name
 */
export async function bootedFrom(
  installation: Installation,
  db: Db,
  image: string,
  nodes: readonly string[],
  look: () => Promise<Contact> = contactOf,
): Promise<Found> {
  const now = bootClock.now();
  const sessions = await db
    .selectFrom('boot_session')
    .select(['node_name', 'mode', 'image', 'stage', 'created', 'expires', 'client'])
    .where('ended', 'is', null)
    .execute();
  const open = sessions.filter((one) => one.stage !== 'trap' && (one.stage === 'ready' || one.expires > now));
  const byNode = Map.groupBy(open, (one) => one.node_name);
  const contact = await look();
  const registered =
    contact.heard.size > 0 ? (await nodeAddresses(db, nodes)).nodes : new Map<string, string[]>();
  const tells = tellsOfSilence(installation, contact);
  const found: Found = { booted: [], silent: [] };
  for (const node of nodes) {
    const all = byNode.get(node) ?? [];
    const session = all.find((one) => one.mode === MODE && nameOf(one.image) === image);
    if (!session && all.length > 0) continue;
    const addresses = [...(registered.get(node) ?? []), ...(session ? [session.client] : [])];
    const heard = lastHeard(contact, addresses);
    const evidence = {
      node,
      ...(session && { began: session.created }),
      ...(heard !== undefined && { heard }),
    };
    if (heard !== undefined || (session && (!tells || now - session.created < SILENT * 1000)))
      found.booted.push(evidence);
    else if (session) found.silent.push(node);
  }
  return found;
}

const nameOf = (label: string) => label.slice(0, label.lastIndexOf(':'));

function lastHeard({ heard }: Contact, addresses: readonly string[]): number | 'unknown' | undefined {
  const there = addresses.filter((one) => heard.has(one));
  const ages = there.flatMap((one) => heard.get(one) ?? []);
  return ages.length > 0 ? Math.min(...ages) : there.length > 0 ? 'unknown' : undefined;
}

/** Clients of version 3 may say nothing for long, and those of other servers are not seen here. */
function tellsOfSilence({ config }: Installation, { running = 0 }: Contact): boolean {
  const { server, version, addresses } = config.nfs;
  const here = addresses.length === 0 || (addresses.length === 1 && listenAddress(config) === addresses[0]);
  return here && server !== 'off' && version !== '3' && running > SILENT;
}

/**
 * Refuses nodes that run from their tree; those that count as switched off are told.
 * @throws SlipwayError `nfs/booted`
 */
export async function refuseBooted(
  { installation, db, sink }: { installation: Installation; db?: Db; sink: Sink },
  image: string,
  nodes: readonly string[],
): Promise<void> {
  if (!db || nodes.length === 0) return;
  const { booted, silent } = await bootedFrom(installation, db, image, nodes);
  if (booted.length > 0)
    throw fail('booted', {
      nodes: foldBriefly(booted.map(({ node }) => node)),
      image,
      evidence: evidenceOf(booted),
    });
  if (silent.length === 0) return;
  const message = `${foldBriefly(silent)} booted from the tree of ${image}, but the NFS server has not heard of that for ${SILENT / 60} minutes: taken as switched off`;
  sink({ event: 'notice', level: 'info', message });
}

/** What is known of some of them, in sentences. */
export function evidenceOf(booted: readonly Booted[], now = bootClock.now()): string {
  const told = booted.slice(0, TOLD).map(({ node, began, heard }) => {
    const boot = began === undefined ? 'no boot is known' : `booted ${ago((now - began) / 1000)}`;
    const client =
      heard === undefined
        ? 'its end was not heard of'
        : heard === 'unknown'
          ? 'its NFS client is connected'
          : `its NFS client was last heard of ${ago(heard)}`;
    return `${node}: ${boot}, ${client}.`;
  });
  return [...told, ...(booted.length > TOLD ? [`The same of ${booted.length - TOLD} more.`] : [])].join(' ');
}

function ago(seconds: number): string {
  const [size, unit] = UNITS.find(([least]) => seconds >= 2 * least) ?? [1, 's'];
  return `${Math.max(0, Math.round(seconds / size))} ${unit} ago`;
}
const UNITS: readonly (readonly [number, string])[] = [[86_400, 'days'], [3600, 'h'], [60, 'min']]; // prettier-ignore
