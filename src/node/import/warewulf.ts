/**
 * `nodes.conf` of Warewulf 4.2 to 4.7. The keys are those of its
 * internal/pkg/node/datastructure.go and, of older versions, internal/pkg/upgrade/node.go:
 * 4.6 renamed `container name` to `image name`, 4.3 put `ipmi …` and `kernel …` into maps.
 */
import { readYamlTree, type At, type Tree } from '../../system/yaml-tree.ts';
import type { Draft } from './draft.ts';
import type { Harvest } from './harvest.ts';
import type { Source } from './source.ts';
import { child, entriesAt, isTrue, jsonOf, listAt, textAt, textOf } from './trees.ts';
import { writeArguments, type GivenArguments } from './warewulf-arguments.ts';
import { readDevices, type Devices } from './warewulf-devices.ts';
import { writeDevices } from './warewulf-network.ts';
import { shown, splitKernelArguments } from './words.ts';

/** A profile or node while it is read. */
export interface Layer {
  draft: Draft;
  devices: Devices;
  arguments?: GivenArguments;
  /** As named: `~name` takes one away. */
  profiles?: { text: string; at: At }[];
  primary?: string;
}

/** @throws SlipwayError `yaml/syntax`; mistakes in values go to the harvest */
export function readWarewulf({ file, text }: Source, harvest: Harvest): void {
  const root = readYamlTree(text, file);
  if (root.kind !== 'map')
    return harvest.syntax('warewulf', 'a map with nodes and nodeprofiles is needed', { file, ...at(root) });
  const profiles = new Map<string, Layer>();
  const nodes: Layer[] = [];
  let old = root.entries.has('WW_INTERNAL');
  for (const [key, { at: place, value }] of root.entries) {
    if (key === 'WW_INTERNAL') continue;
    if (key !== 'nodes' && key !== 'nodeprofiles') harvest.leave(`section ${shown(key)}`);
    else if (value.kind !== 'map') {
      if (textOf(value) !== undefined || value.kind === 'list')
        harvest.syntax('warewulf', `${key} must be a map`, { file, ...at(place) });
    } else
      for (const [name, entry] of value.entries) {
        if (harvest.full) return;
        const draft =
          key === 'nodes'
            ? harvest.node(name, file, entry.at)
            : harvest.preset('profile', name, file, entry.at, { fresh: true });
        if (!draft) continue;
        const layer = readLayer(draft, entry.value);
        old ||= child(entry.value, 'container name') !== undefined;
        if (key === 'nodes') nodes.push(layer);
        else profiles.set(name, layer);
      }
  }
  const users = nodes.map((node) => ({ node, layers: layersOf(node, profiles, old) }));
  for (const layer of profiles.values()) writeArguments(layer, []);
  for (const { node, layers } of users) writeArguments(node, layers);
  writeDevices(users, profiles.values());
}

const at = ({ line, column }: At) => ({ line, column });

/** The profiles of a node, nested ones before what names them, and the node itself: later ones win. */
function layersOf(node: Layer, profiles: ReadonlyMap<string, Layer>, old: boolean): Layer[] {
  // Up to 4.5 a node that names none has this one.
  const named =
    node.profiles ??
    (old && profiles.has('default') ? [{ text: 'default', at: node.draft.place as At }] : []);
  const found = new Map<string, Layer>();
  const visited = new Set<string>();
  const visit = (list: readonly { text: string; at: At }[]) => {
    for (const { text } of list) {
      if (text.startsWith('~') || visited.has(text)) continue;
      visited.add(text);
      const profile = profiles.get(text);
      if (!profile) {
        node.draft.leave(`profile ${shown(text)}`, 'the source has no such profile');
        continue;
      }
      visit(profile.profiles ?? []);
      found.set(text, profile);
    }
  };
  visit(named);
  for (const { text } of named) if (text.startsWith('~')) found.delete(text.slice(1));
  for (const profile of found.values()) node.draft.profile(profile.draft.source, node.draft.place as At);
  return [...found.values(), node];
}

type Field = (layer: Layer, value: Tree, key: string) => void;

/** What a text says, unless it is one of these, which Slipway does anyway. */
const leaveUnless =
  (...usual: string[]): Field =>
  ({ draft }, value, key) => {
    if (value.kind !== 'text' || (value.text !== null && !usual.includes(value.text))) draft.leave(key);
  };

const text =
  (use: (draft: Draft, text: string) => void): Field =>
  ({ draft }, value, key) => {
    const found = textAt(draft, value, key);
    if (found !== undefined && found !== '') use(draft, found);
  };

const tags: Field = ({ draft }, value, key) => {
  for (const [name, entry] of entriesAt(draft, value, key)) {
    const found = textAt(draft, entry.value, `${key} ${name}`);
    if (found !== undefined) draft.tag(name, found);
  }
};

const FIELDS: Record<string, Field> = {
  comment: text((draft, value) => draft.comment(value)),
  'cluster name': text((draft, value) => draft.tag('cluster', value)),
  'asset key': text((draft, value) => draft.tag('asset', value)),
  'image name': text((draft, value) => draft.image(value, 'image name')),
  'container name': text((draft, value) => {
    if (draft.document.image === undefined) draft.image(value, 'container name');
  }),
  'kernel args': (layer, value) => kernelArguments(layer, value),
  'network devices': (layer, value) => readDevices(layer, value),
  'primary network': (layer, value, key) => (layer.primary = textAt(layer.draft, value, key)),
  profiles: (layer, value, key) => (layer.profiles = listAt(layer.draft, value, key)),
  tags,
  keys: tags,
  tagsdel: () => undefined,
  resources: ({ draft }, value, key) => {
    for (const [name, entry] of entriesAt(draft, value, key))
      draft.variable(name, jsonOf(draft, entry.value, `resources ${name}`));
  },
  discoverable: ({ draft }, value, key) => {
    if (isTrue(textOf(value))) draft.leave(key);
  },
  init: leaveUnless('/sbin/init', ''),
  root: leaveUnless('initramfs', ''),
  'ipxe template': leaveUnless('default', ''),
};

function readLayer(draft: Draft, tree: Tree): Layer {
  const layer: Layer = { draft, devices: new Map() };
  for (const [key, { value }] of entriesAt(draft, tree, draft.source)) {
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (field) field(layer, value, key);
    else if (key === 'kernel') readKernel(layer, value);
    else if (key === 'ipmi')
      for (const [name, one] of entriesAt(draft, value, key)) readIpmi(draft, name, one.value);
    else if (key.startsWith('ipmi ')) readIpmi(draft, key.slice(5), value);
    else if (!isEmpty(value)) draft.leave(key);
  }
  for (const { text: name } of listAt(draft, child(tree, 'tagsdel') ?? EMPTY, 'tagsdel'))
    delete draft.document.tags?.[name.toLowerCase()];
  return layer;
}

const EMPTY: Tree = { kind: 'text', text: null, line: 1, column: 1 };

function isEmpty(tree: Tree): boolean {
  if (tree.kind === 'text') return tree.text === null || tree.text === '';
  return (tree.kind === 'list' ? tree.items.length : tree.entries.size) === 0;
}

function readKernel(layer: Layer, tree: Tree): void {
  for (const [key, { value }] of entriesAt(layer.draft, tree, 'kernel'))
    if (key === 'args') kernelArguments(layer, value);
    else if (!isEmpty(value)) layer.draft.leave(`kernel ${key}`);
}

/** Up to 4.5 one text, which takes the place of what profiles say; then a list, which adds to it. */
function kernelArguments(layer: Layer, tree: Tree): void {
  const { draft } = layer;
  const words: GivenArguments['words'] = [];
  for (const one of tree.kind === 'list' ? tree.items : [tree]) {
    const line = textAt(draft, one, 'kernel args') ?? '';
    const negated = tree.kind === 'list' && line.startsWith('~');
    for (const word of splitKernelArguments(negated ? line.slice(1) : line)) words.push({ word, negated });
  }
  layer.arguments = { replaces: tree.kind === 'text', words };
}

function readIpmi(draft: Draft, key: string, tree: Tree): void {
  if (isEmpty(tree)) return;
  if (key === 'ipaddr') draft.bmc(textAt(draft, tree, 'ipmi ipaddr'));
  else if (key === 'port') draft.bmc(undefined, textAt(draft, tree, 'ipmi port'));
  else draft.leave(`ipmi ${key}`);
}
