/**
 * The Ansible inventory of BlueBanquise: MAC and IP addresses of nodes, their groups, and what group_vars say
 * of equipment profiles. Read as files, without Ansible: what needs Jinja is told.
 */
import { isIPv4 } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Draft } from '../node/import/draft.ts';
import type { Harvest } from '../node/import/harvest.ts';
import { nearestName } from '../node/import/words.ts';
import { SlipwayError } from '../system/errors.ts';
import { readYamlTree, type MapTree, type Tree } from '../system/yaml-tree.ts';
import { fail } from './errors.ts';
import { entriesOf, MOST_ENTRIES, textOf } from './files.ts';
import { nodeProblem, presetProblem } from './free-names.ts';
import { writeVariable } from './kernel-words.ts';
import type { Leavings } from './left.ts';

const DEEPEST = 12;
const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;
/** Groups of equipment, and of hardware and operating systems as later releases name them. */
const EQUIPMENT = /^(equipment|hw|os)_/;

/**
 * @param only the nodes to take; nothing: all
 * @throws SlipwayError `bluebanquise/no-directory`
 */
export async function readInventory(
  directory: string,
  harvest: Harvest,
  left: Leavings,
  only?: ReadonlySet<string>,
): Promise<void> {
  if (!(await entriesOf(directory))) throw fail('no-directory', { directory, reason: 'it is no directory' });
  const reader = new Inventory(harvest, left, only);
  for await (const file of yamlFiles(directory, 0)) await reader.read(file);
  reader.tell();
}

async function* yamlFiles(directory: string, depth: number): AsyncGenerator<string> {
  for (const { name, kind } of (await entriesOf(directory)) ?? [])
    if (kind === 'directory' && depth < DEEPEST && !name.startsWith('.'))
      yield* yamlFiles(join(directory, name), depth + 1);
    else if (kind === 'file' && /\.ya?ml$/.test(name)) yield join(directory, name);
}

class Inventory {
  readonly #harvest: Harvest;
  readonly #left: Leavings;
  readonly #only: ReadonlySet<string> | undefined;
  #passed = 0;
  #files = 0;
  #file = '';

  constructor(harvest: Harvest, left: Leavings, only: ReadonlySet<string> | undefined) {
    this.#harvest = harvest;
    this.#left = left;
    this.#only = only;
  }

  async read(file: string): Promise<void> {
    if (++this.#files > MOST_ENTRIES) return;
    this.#file = file;
    const text = await textOf(file);
    if ('reason' in text) return this.#left.leave('inventory file', file, text.reason);
    try {
      const tree = readYamlTree(text.text, file);
      if (tree.kind !== 'map') return;
      const group = /\/group_vars\/([^/]+)\//.exec(file)?.[1] ?? groupOfFile(file);
      if (group !== undefined) this.#variables(group, tree);
      else for (const [name, { value }] of tree.entries) this.#group(name, value, []);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      this.#left.leave('inventory file', file, `line ${error.where?.line ?? 1}: ${error.message}`);
    }
  }

  tell(): void {
    if (this.#passed > 0)
      this.#left.leave(
        'inventory',
        `${this.#passed} hosts`,
        'they have no file in nodes: they do not boot over the network',
      );
  }

  #group(name: string, tree: Tree, above: readonly string[]): void {
    if (tree.kind !== 'map' || above.length > DEEPEST) return;
    const path = name === 'all' ? above : [...above, name];
    const { entries } = tree;
    const children = entries.get('children')?.value;
    if (children?.kind === 'map')
      for (const [child, { value }] of children.entries) this.#group(child, value, path);
    const hosts = entries.get('hosts')?.value;
    if (hosts?.kind === 'map') for (const [host, { value }] of hosts.entries) this.#host(host, value, path);
  }

  #host(host: string, tree: Tree, groups: readonly string[]): void {
    const known = this.#harvest.nodes.get(host.toLowerCase());
    if (this.#only && !this.#only.has(host.toLowerCase())) {
      this.#passed++;
      return;
    }
    const problem = nodeProblem(this.#harvest, host);
    if (problem !== undefined) return this.#left.leave('host', host, problem);
    const draft = known ?? this.#harvest.node(host, this.#file, tree, { merge: true });
    if (!draft) return;
    for (const group of groups) this.#member(draft, group, tree);
    if (tree.kind !== 'map') return;
    for (const card of cardsOf(tree)) this.#card(draft, card);
    const bmc = field(tree.entries.get('bmc')?.value, 'ip4');
    if (bmc && isIPv4(bmc.text)) draft.bmc(bmc.text);
  }

  #member(draft: Draft, group: string, at: Tree): void {
    if (!EQUIPMENT.test(group)) {
      if (presetProblem(this.#harvest, 'group', group) === undefined) draft.group(group, at);
      return;
    }
    const profile = this.#profileName(group);
    if (presetProblem(this.#harvest, 'profile', profile) === undefined) draft.profile(profile, at);
  }

  /** Older releases name the files of profiles without `equipment_`. */
  #profileName(group: string): string {
    const short = group.replace(/^equipment_/, '');
    return this.#harvest.profiles.has(nearestName(short) ?? '') ? short : group;
  }

  #card(draft: Draft, card: MapTree): void {
    const [mac, ip] = [field(card, 'mac'), field(card, 'ip4')];
    if (mac && MAC.test(mac.text)) draft.mac(mac.text, mac, 'mac');
    else if (mac) draft.leave('mac', 'it is no MAC address as it stands there');
    if (ip && isIPv4(ip.text) && draft.document.address === undefined) draft.address(ip.text, ip, 'ip4');
    else if (ip && !isIPv4(ip.text)) draft.leave('ip4', 'it is no address as it stands there');
  }

  /** Used where the profile's iPXE file does not say it: that is what these become. */
  #variables(group: string, tree: MapTree): void {
    if (!EQUIPMENT.test(group)) return;
    const profile = this.#profileName(group);
    const nested = tree.entries.get('equipment_profile')?.value;
    const of = (...names: string[]) =>
      names.map((name) => field(tree, name)).find((one) => one !== undefined);
    const values = {
      'eq-console': of('ep_console', 'hw_console') ?? field(nested, 'console'),
      'eq-kernel-parameters':
        of('ep_kernel_parameters', 'os_kernel_parameters', 'hw_kernel_parameters') ??
        field(nested, 'kernel_parameters'),
    } as const;
    for (const name of ['eq-console', 'eq-kernel-parameters'] as const) {
      const value = values[name];
      if (!value || presetProblem(this.#harvest, 'profile', profile) !== undefined) continue;
      const draft = this.#harvest.preset('profile', profile, this.#file, value);
      if (!draft || draft.document.ipxe?.[name] !== undefined) continue;
      if (value.text.includes('{{')) draft.leave(name, 'it needs Ansible to be worked out');
      else writeVariable(draft, name, { value: value.text, line: value.line });
    }
  }
}

function groupOfFile(file: string): string | undefined {
  return basename(dirname(file)) === 'group_vars' ? basename(file).replace(/\.ya?ml$/, '') : undefined;
}

/** Lists in newer releases, maps by name in older ones. */
function cardsOf(host: MapTree): MapTree[] {
  const cards = host.entries.get('network_interfaces')?.value;
  if (cards?.kind === 'list') return cards.items.filter((one) => one.kind === 'map');
  if (cards?.kind !== 'map') return [];
  return [...cards.entries.values()].map((one) => one.value).filter((one) => one.kind === 'map');
}

function field(
  tree: Tree | undefined,
  name: string,
): { text: string; line: number; column: number } | undefined {
  const value = tree?.kind === 'map' ? tree.entries.get(name)?.value : undefined;
  if (value?.kind !== 'text' || value.text === null || value.text === '') return undefined;
  return { text: value.text, line: value.line, column: value.column };
}
