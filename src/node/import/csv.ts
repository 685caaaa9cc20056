/** Tables with a header: from spreadsheets and scripts. Separators are told by the header. */
import type { At } from '../../system/yaml-tree.ts';
import { readCsv, type Cell } from './csv-reader.ts';
import type { Draft } from './draft.ts';
import type { Harvest } from './harvest.ts';
import type { Source } from './source.ts';
import { isSecret, shown } from './words.ts';

type Column = (draft: Draft, text: string, at: At) => void;

const words = (text: string) => text.split(/[\s,;|+]+/).filter((word) => word !== '');

const COLUMNS: Record<string, Column> = {
  mac: (draft, text, at) => {
    for (const mac of words(text)) draft.mac(mac, at, 'mac');
  },
  ip: (draft, text, at) => draft.address(text, at, 'ip'),
  group: (draft, text, at) => {
    for (const group of words(text)) draft.group(group, at);
  },
  profile: (draft, text, at) => {
    for (const profile of words(text)) draft.profile(profile, at);
  },
  image: (draft, text) => draft.image(text, 'image'),
  mode: (draft, text) => {
    draft.document.mode = text.toLowerCase();
  },
  arguments: (draft, text) => draft.arguments(text),
  arch: (draft, text) => draft.architecture(text, 'arch'),
  bmc: (draft, text) => draft.bmc(text),
  comment: (draft, text) => draft.comment(text),
  domain: (draft, text) => draft.variable('domain', text.toLowerCase()),
};

/** Other words for the same. */
const ALIASES: Record<string, string> = {
  node: 'name',
  hostname: 'name',
  host: 'name',
  macs: 'mac',
  macaddress: 'mac',
  hwaddr: 'mac',
  hardwareaddress: 'mac',
  address: 'ip',
  ipaddress: 'ip',
  ipaddr: 'ip',
  ipv4: 'ip',
  groups: 'group',
  profiles: 'profile',
  argument: 'arguments',
  kernelarguments: 'arguments',
  kernelargs: 'arguments',
  architecture: 'arch',
  bmcaddress: 'bmc',
  ipmi: 'bmc',
  description: 'comment',
};

/** `MAC address` and `mac_address` are one column. */
export function columnOf(header: string): string {
  const key = header.toLowerCase().replaceAll(/[\s_-]+/g, '');
  return Object.hasOwn(ALIASES, key) ? (ALIASES[key] ?? key) : key;
}

/** The separator that stands most often in the first line, outside of quotes. */
export function separatorOf(text: string): string {
  const line = (/^.*$/m.exec(text.trimStart())?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const [best = ','] = [',', ';', '\t'].toSorted((a, b) => line.split(b).length - line.split(a).length);
  return best;
}

export function readCsvNodes({ file, text }: Source, harvest: Harvest): void {
  const wrong = (problem: string, at: At) => harvest.syntax('csv', problem, { file, ...at });
  let header: Cell[] | undefined;
  let columns: string[] = [];
  for (const row of readCsv(text, separatorOf(text), wrong)) {
    if (harvest.full) return;
    if (!header && row[0]?.text.startsWith('#')) row[0].text = row[0].text.slice(1).trim();
    else if (row[0]?.text.startsWith('#')) continue;
    if (header) {
      if (row.length > header.length && row.slice(header.length).some(({ text: cell }) => cell !== ''))
        wrong(`the row has ${row.length} fields, the header ${header.length}`, row[header.length]?.at ?? AT);
      readRow(row, header, columns, file, harvest);
      continue;
    }
    header = row;
    columns = row.map((cell) => columnOf(cell.text));
    if (!columns.includes('name')) {
      const known = ['name', ...Object.keys(COLUMNS), 'tag.KEY', 'var.KEY'].join(', ');
      return wrong(`the header has no column name; columns that are known: ${known}`, row[0]?.at ?? AT);
    }
    for (const [i, column] of columns.entries())
      if (column !== '' && columns.indexOf(column) < i && Object.hasOwn({ ...COLUMNS, name: 0 }, column))
        wrong(`the header has two columns ${column}`, row[i]?.at ?? AT);
  }
}

const AT = { line: 1, column: 1 };

function readRow(
  row: readonly Cell[],
  header: readonly Cell[],
  columns: readonly string[],
  file: string,
  harvest: Harvest,
): void {
  const name = row[columns.indexOf('name')];
  if (!name || name.text === '') {
    const at = name?.at ?? row[0]?.at ?? AT;
    return harvest.syntax('csv', 'the row has no name', { file, ...at });
  }
  const draft = harvest.node(name.text, file, name.at);
  if (!draft) return;
  for (const [i, { text, at }] of row.entries()) {
    const column = columns[i] ?? '';
    const title = header[i]?.text ?? '';
    if (text === '' || column === 'name' || i >= header.length) continue;
    const prefixed = /^(tag|var|variable)[.:](.+)$/i.exec(title);
    if (Object.hasOwn(COLUMNS, column)) COLUMNS[column]?.(draft, text, at);
    else if (prefixed?.[1] === 'tag') draft.tag(prefixed[2] ?? '', text);
    else if (prefixed) draft.variable(prefixed[2] ?? '', text);
    else draft.leave(`column ${shown(title)}${isSecret(title) ? ' (a secret)' : ''}`);
  }
}
