/** To whom is exported: addresses of nodes as the registry has them, networks of this server. */
import { sql } from 'kysely';
import { among } from '../../db/bulk.ts';
import type { Db } from '../../db/database.ts';
import type { NodeDocument } from '../../node/schema.ts';
import type { Config } from '../../system/config.ts';
import { servedAddresses, type Interfaces } from '../../system/served.ts';

/** Whether `text` is the IPv4 address of one machine that is not this one. */
export function isMachine(text: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts?.every((part) => part < 256) !== true) return false;
  const [first = 0] = parts;
  return first !== 0 && first !== 127 && first < 224;
}

/** IPv4 addresses of a node, those of its interfaces too, in the order of the registry. */
export function addressesOf({ address, interfaces = {} }: NodeDocument): string[] {
  const cards = Object.values(interfaces).flatMap((one) => one?.address?.split('/')[0] ?? []);
  return [...new Set([...(address === undefined ? [] : [address]), ...cards])].filter(isMachine);
}

export interface NodeAddresses {
  /** By name; a node that is not in the registry is not in it. */
  nodes: Map<string, string[]>;
  /** Addresses that several nodes have: whose they are cannot be known, so nobody gets anything by them. */
  shared: Map<string, string[]>;
}

/** Addresses of these nodes. */
export async function nodeAddresses(db: Db, names: readonly string[]): Promise<NodeAddresses> {
  const rows = await db
    .selectFrom('node')
    .select(['name', 'document'])
    .where('name', 'in', among(names))
    .execute();
  const nodes = new Map(
    rows.map(({ name, document }) => [name, addressesOf(JSON.parse(document) as NodeDocument)]),
  );
  const owners = await ownersOf(db, [...new Set([...nodes.values()].flat())]);
  const shared = new Map([...owners].filter(([, all]) => all.length > 1));
  for (const [name, all] of nodes)
    nodes.set(
      name,
      all.filter((one) => !shared.has(one)),
    );
  return { nodes, shared };
}

/** Which nodes have an address, of the whole registry: the other one needs no tree to be the wrong one. */
async function ownersOf(db: Db, addresses: readonly string[]): Promise<Map<string, string[]>> {
  if (addresses.length === 0) return new Map();
  // `address/prefix` of an interface is cut at the slash.
  const rows = await sql<{ name: string; found: string }>`
    with own(name, found) as (
      select name, address from node where address is not null
      union
      select n.name, substr(card.value ->> 'address', 1, instr((card.value ->> 'address') || '/', '/') - 1)
      from node n, json_each(n.document, '$.interfaces') card
      where n.document like '%"interfaces"%' and card.value ->> 'address' is not null)
    select name, found from own where found in ${among(addresses)} order by name`.execute(db);
  const owners = new Map<string, string[]>();
  for (const { name, found } of rows.rows) owners.set(found, [...(owners.get(found) ?? []), name]);
  return owners;
}

/** Networks that may mount what all nodes share: as configured, else the one that is served. */
export function sharedClients(config: Config, interfaces?: Interfaces): string[] {
  if (config.nfs.clients.length > 0) return [...new Set(config.nfs.clients)];
  const [first] = servedAddresses(config, interfaces);
  return first ? [networkOf(first.info.cidr ?? `${first.info.address}/32`)] : [];
}

/** `10.0.0.7/24` as `10.0.0.0/24`. */
export function networkOf(cidr: string): string {
  const [address = '', length = '32'] = cidr.split('/');
  const bits = Number(length);
  const mask = bits === 0 ? 0 : (~0 << (32 - bits)) >>> 0;
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = (number & mask) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join('.')}/${bits}`;
}
