/**
 * xCAT: what `lsdef -t node -l -z` (with `-t group`, `-t network`) writes. The attributes
 * are those of its perl-xCAT/xCAT/Schema.pm.
 */
import type { Draft } from './draft.ts';
import type { Harvest } from './harvest.ts';
import type { Source } from './source.ts';
import { readStanzas, type Stanza, type Value } from './stanzas.ts';
import { isSecret, shown } from './words.ts';
import { networksOf, writeNics, type Network } from './xcat-network.ts';

/** Words for sorting nodes. */
const TAGS = new Set(['rack', 'unit', 'room', 'chassis', 'slot', 'height', 'switch', 'switchport', 'switchvlan', 'serial', 'mtm', 'vmhost', 'nodetype', 'os', 'profile']); // prettier-ignore

/** Read elsewhere, or without meaning of their own. */
const ELSEWHERE = new Set(['objtype', 'node', 'installnic', 'primarynic', 'grouptype', 'members', 'serialport', 'serialspeed', 'serialflow']); // prettier-ignore

export function readXcat(source: Source, harvest: Harvest): void {
  const stanzas = readStanzas(source, harvest);
  const networks = networksOf(stanzas.filter(({ type }) => type === 'network'));
  const drafts = new Map<string, Draft>();
  for (const stanza of stanzas) {
    if (harvest.full) return;
    if (stanza.type === 'node') {
      const draft = harvest.node(stanza.name, source.file, stanza.at);
      if (!draft) continue;
      drafts.set(stanza.name, draft);
      writeAttributes(draft, stanza, networks);
    } else if (stanza.type === 'group') {
      const draft = harvest.preset('group', stanza.name, source.file, stanza.at);
      if (draft) writeAttributes(draft, stanza, networks);
    } else if (stanza.type !== '' && stanza.type !== 'network')
      harvest.leave(`${shown(stanza.type)} objects`, undefined, 'nodes, groups and networks are read');
  }
  for (const { type, name, attributes } of stanzas) {
    const members = type === 'group' ? attributes.get('members') : undefined;
    for (const member of members?.text.split(/[\s,]+/) ?? [])
      if (member !== '' && members) drafts.get(member)?.group(name, members.at);
  }
}

type Attribute = (draft: Draft, value: Value, name: string, stanza: Stanza) => void;

const ATTRIBUTES: Record<string, Attribute> = {
  ip: (draft, { text, at }, name) => {
    if (draft.kind === 'node') draft.address(text, at, name);
    else draft.leave(name);
  },
  arch: (draft, { text }, name) => draft.architecture(text, name),
  groups: (draft, { text, at }) => {
    for (const group of text.split(/[\s,]+/)) if (group !== '') draft.group(group, at);
  },
  provmethod: (draft, { text }, name) => {
    if (/^(install|netboot|statelite)$/.test(text)) draft.leave(`${name} ${text}`, 'no image is named');
    else draft.image(text, name);
  },
  addkcmdline: (draft, { text }) => draft.arguments(text.replaceAll(/(^|\s)R::/g, '$1')),
  bmc: (draft, { text }) => draft.bmc(text),
  usercomment: (draft, { text }) => draft.comment(text),
};

function writeAttributes(draft: Draft, stanza: Stanza, networks: ReadonlyMap<string, Network>): void {
  for (const [name, value] of stanza.attributes) {
    if (value.text === '' || ELSEWHERE.has(name) || name === 'mac' || name.startsWith('nic')) continue;
    const attribute = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
    if (attribute) attribute(draft, value, name, stanza);
    else if (TAGS.has(name)) draft.tag(name, value.text);
    else draft.leave(isSecret(name) ? `${name} (a secret)` : shown(name));
  }
  writeConsole(draft, stanza);
  writeNics(draft, stanza, networks);
}

/** xCAT makes `console=` of these. */
function writeConsole(draft: Draft, { attributes }: Stanza): void {
  const port = attributes.get('serialport')?.text;
  const speed = attributes.get('serialspeed')?.text;
  if (port === undefined || port === '') return;
  if (!/^\d{1,2}$/.test(port) || !/^\d{0,7}$/.test(speed ?? ''))
    return draft.leave('serialport', 'it is no number');
  const flow = /^(hard|cts|ctsrts)$/.test(attributes.get('serialflow')?.text ?? '') && speed ? 'n8r' : '';
  draft.argument(`console=ttyS${port}${speed ? `,${speed}${flow}` : ''}`);
}
