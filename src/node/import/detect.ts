/** The formats, and what tells them. */
import { readCsvNodes, columnOf, separatorOf } from './csv.ts';
import { readDhcpd } from './dhcpd.ts';
import { readDnsmasq } from './dnsmasq.ts';
import { fail } from './errors.ts';
import { readEthers, type Hosts } from './ethers.ts';
import { FORMATS, type Format } from './formats.ts';
import type { Harvest } from './harvest.ts';
import { readKea } from './kea.ts';
import { linesOf, type Source } from './source.ts';
import { readWarewulf } from './warewulf.ts';
import { readXcat } from './xcat.ts';

/** Reads into the harvest. May throw SlipwayErrors of syntax. */
export const READERS: Record<Format, (source: Source, harvest: Harvest, hosts: Hosts) => void> = {
  warewulf: readWarewulf,
  xcat: readXcat,
  dnsmasq: readDnsmasq,
  'isc-dhcp': readDhcpd,
  kea: readKea,
  ethers: readEthers,
  csv: readCsvNodes,
};

const MAC = '([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}';
const HOSTS_LINE = new RegExp(`^\\s*(${MAC}|id:[^,]*|set:[^,]*)\\s*,`);
const ETHERS_LINE = new RegExp(`^\\s*${MAC}\\s+[^\\s,]+\\s*(#.*)?$`);

/** @throws SlipwayError `import/format` */
export function detectFormat({ file, text }: Source): Format {
  if (/^(nodeprofiles|nodes|WW_INTERNAL)\s*:/m.test(text)) return 'warewulf';
  if (/^\s*objtype\s*=/m.test(text)) return 'xcat';
  if (/^\s*dhcp-host\s*=/m.test(text)) return 'dnsmasq';
  if (/^\s*[{#/]/.test(text) && /"(reservations|Dhcp4|subnet4)"\s*:/.test(text)) return 'kea';
  if (/^[^#\n]*\bhost\s+\S+\s*\{/im.test(text)) return 'isc-dhcp';
  const first = linesOf(text).next().value?.line ?? '';
  if (ETHERS_LINE.test(first)) return 'ethers';
  if (HOSTS_LINE.test(first)) return 'dnsmasq';
  const separator = separatorOf(text);
  const [header = ''] = text.trimStart().replace(/^#/, '').split('\n', 1);
  const columns = header.split(separator).map((word) => columnOf(word.trim().replace(/^"(.*)"$/, '$1')));
  if (columns.length > 1 && columns.includes('name')) return 'csv';
  throw fail('format', { file, known: FORMATS.join(', ') });
}
