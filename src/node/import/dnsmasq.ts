/**
 * dnsmasq: lines `dhcp-host=` of a configuration, or of a file for `dhcp-hostsfile`
 * where each line is what stands behind `dhcp-host=`.
 */
import { isIP } from 'node:net';
import type { At } from '../../system/yaml-tree.ts';
import type { Draft } from './draft.ts';
import type { Harvest } from './harvest.ts';
import { linesOf, type Source } from './source.ts';
import { shown } from './words.ts';

const MAC = /^([0-9a-f]{1,2}-)?([0-9a-f]{1,2}|\*)(:([0-9a-f]{1,2}|\*)){5,}$/i;
/** Leading zeros may be left out. */
const PLAIN_MAC = /^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$|^([0-9a-f]{2}-){5}[0-9a-f]{2}$/i;
const LEASE = /^(infinite|\d+[smhdw]?)$/i;

/** What only the DHCP server needs to know. */
const INCLUDES = new Set(['conf-file', 'conf-dir', 'dhcp-hostsfile', 'dhcp-hostsdir', 'servers-file']);

export function readDnsmasq({ file, text }: Source, harvest: Harvest): void {
  const hostsFile = !/^\s*[\w-]+\s*(=|$)/m.test(text.replaceAll(/^\s*#.*$/gm, ''));
  for (const { line, number } of linesOf(text)) {
    if (harvest.full) return;
    const words = withoutComment(line);
    const [, option = '', value = ''] = hostsFile
      ? ['', 'dhcp-host', words]
      : (/^\s*([\w-]+)\s*(?:=\s*(.*))?$/.exec(words) ?? []);
    if (option === '')
      harvest.syntax('dnsmasq', `${shown(words.trim())} is no option`, { file, line: number, column: 1 });
    else if (option === 'dhcp-host')
      readHost(value, file, { line: number, column: words.indexOf(value) + 1 }, harvest);
    else if (INCLUDES.has(option)) harvest.leave(`${option}=`, undefined, 'name the file in the command too');
    else harvest.leave(`${option}=`, undefined, 'only hosts are read');
  }
}

/** A comment begins at a # behind white space; quotes hide it. */
function withoutComment(line: string): string {
  const match = /^(?:"[^"]*"|[^"#\s]|\s(?!\s*#)|(?<=\S)#)*/.exec(line);
  return (match?.[0] ?? line).trimEnd();
}

interface Part {
  text: string;
  at: At;
}

function partsOf(value: string, { line, column }: At): Part[] {
  let start = 0;
  return value.split(',').map((text) => {
    const at = { line, column: column + start + (text.length - text.trimStart().length) };
    start += text.length + 1;
    return { text: text.trim().replace(/^"(.*)"$/, '$1'), at };
  });
}

function readHost(value: string, file: string, at: At, harvest: Harvest): void {
  const macs: Part[] = [];
  const addresses: Part[] = [];
  const tags: Part[] = [];
  const left: string[] = [];
  let name: Part | undefined;
  let ignore = false;
  for (const part of partsOf(value, at)) {
    const { text } = part;
    const bracket = /^\[(.*)\]$/.exec(text)?.[1];
    if (text === '') continue;
    if (text === 'ignore') ignore = true;
    else if (PLAIN_MAC.test(text)) macs.push(part);
    else if (MAC.test(text)) left.push(text.includes('*') ? 'MAC address with *' : 'MAC address with a type');
    else if (/^id:/i.test(text)) left.push('id:');
    else if (/^(set|net):/.test(text)) tags.push({ text: text.slice(4), at: part.at });
    else if (text.startsWith('tag:')) left.push('tag:');
    else if (bracket !== undefined) addresses.push({ text: bracket.split('/')[0] ?? '', at: part.at });
    else if (isIP(text) || /^[\d.]+$/.test(text)) {
      // Digits alone are a lease time in seconds.
      if (LEASE.test(text)) left.push('lease time');
      else addresses.push(part);
    } else if (LEASE.test(text)) left.push('lease time');
    else if (name)
      harvest.syntax('dnsmasq', `${shown(text)} is no part of dhcp-host; the name is ${shown(name.text)}`, {
        file,
        ...part.at,
      });
    else name = part;
  }
  if (ignore) return harvest.leave('dhcp-host= with ignore', undefined, 'the machine is told nothing');
  const draft = name ? harvest.node(name.text, file, name.at, { merge: true }) : undefined;
  if (!draft) {
    if (!name) harvest.leave('dhcp-host= without a name', undefined, 'a node needs a name');
    return;
  }
  fill(draft, macs, addresses, tags, left);
}

function fill(draft: Draft, macs: Part[], addresses: Part[], tags: Part[], left: string[]): void {
  for (const { text, at } of macs) {
    const pairs = text.split(/[:-]/).map((pair) => pair.padStart(2, '0'));
    draft.mac(pairs.join(':'), at, 'dhcp-host');
  }
  for (const { text, at } of addresses) draft.address(text, at, 'address');
  for (const { text, at } of tags) draft.group(text, at);
  for (const field of left) draft.leave(`dhcp-host: ${field}`);
}
