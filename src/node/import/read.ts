/** Reads what other programs know of nodes. */
import { reworded, SlipwayError } from '../../system/errors.ts';
import { detectFormat, READERS } from './detect.ts';
import { fail } from './errors.ts';
import { readHosts, type Hosts } from './ethers.ts';
import type { Format } from './formats.ts';
import { Harvest } from './harvest.ts';
import { settle, type Imported } from './settle.ts';
import type { Source } from './source.ts';
import { isSecret } from './words.ts';

export interface ReadOptions {
  /** Of all sources; without it each is told by its content. */
  format?: Format;
  /** `/etc/hosts`: names for addresses, addresses for nodes without one. */
  hosts?: readonly Source[];
}

export interface Reading extends Imported {
  sources: { file: string; format: Format }[];
}

/** @throws SlipwayError `import/…`, `yaml/syntax`: all mistakes together, with their places */
export function readSources(sources: readonly Source[], { format, hosts = [] }: ReadOptions = {}): Reading {
  const harvest = new Harvest();
  const known: Hosts = { addresses: new Map(), names: new Map() };
  for (const source of hosts) readHosts(source, harvest, known);
  const found = sources.map((source) => {
    try {
      const one = format ?? detectFormat(source);
      READERS[one](source, harvest, known);
      return { file: source.file, format: one };
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      for (const each of [error, ...error.also]) harvest.add(each);
      return undefined;
    }
  });
  if (hosts.length > 0) addAddresses(harvest, known);
  const imported = settled(harvest, sources);
  const read = found.filter((one) => one !== undefined);
  if (imported.nodes.length === 0 && imported.profiles.length === 0 && imported.groups.length === 0)
    throw fail('nothing', {
      files: read.map((one) => one.file).join(', '),
      formats: [...new Set(read.map((one) => one.format))].join(', '),
    });
  return { ...imported, sources: read };
}

/** A line that may have a secret in it is not shown with its mistake. */
function settled(harvest: Harvest, sources: readonly Source[]): Imported {
  try {
    return settle(harvest);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    throw reworded(veiled(error, sources), { also: error.also.map((one) => veiled(one, sources)) });
  }
}

function veiled(error: SlipwayError, sources: readonly Source[]): SlipwayError {
  const { where } = error;
  const text = sources.find(({ file }) => file === where?.file)?.text;
  if (where?.line === undefined || text === undefined) return error;
  const line = text.split('\n', where.line)[where.line - 1] ?? '';
  if (!isSecret(line)) return error;
  return reworded(error, {
    where: { ...where, excerpt: { text: '(not shown: there may be a secret)', at: 0 } },
  });
}

/** What the hosts file knows of nodes that have no address, and of their domains. */
function addAddresses(harvest: Harvest, { addresses, names }: Hosts): void {
  for (const draft of harvest.nodes.values()) {
    const address =
      draft.document.address ?? addresses.get(draft.source.toLowerCase()) ?? addresses.get(draft.name);
    if (address === undefined) continue;
    draft.document.address = address;
    const full = names.get(address)?.toLowerCase() ?? '';
    if (full.startsWith(`${draft.name}.`) && draft.document.variables?.['domain'] === undefined)
      draft.variable('domain', full.slice(draft.name.length + 1));
  }
}
