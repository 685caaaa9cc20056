/**
 * From what is said of a node, its groups and its profiles to what holds. Later
 * wins, in this order: its groups by `order` and name (of each: the group's
 * profiles, then the group), the node's profiles as listed, the node itself.
 */
import type { FileSpec } from './file-schema.ts';
import type { Interface } from './interface-schema.ts';
import type { GroupDocument, NodeDocument, ProfileDocument, Settings } from './schema.ts';

/** All groups and profiles. */
export interface Presets {
  groups: ReadonlyMap<string, GroupDocument>;
  profiles: ReadonlyMap<string, ProfileDocument>;
}

/** `node`, `group:NAME`, `profile:NAME`, or `default`. */
export type Source = string;

/** What holds for a node. Records have no nulls any more. */
export interface Effective {
  groups: string[];
  /** All that apply, in order. */
  profiles: string[];
  architecture: 'amd64' | 'arm64';
  image?: string;
  mode?: string;
  boot?: string;
  ipxe: Record<string, string>;
  arguments: string[];
  overlay?: string;
  trap?: Settings['trap'];
  writable?: Settings['writable'];
  state?: Settings['state'];
  tags: Record<string, string>;
  variables: Record<string, unknown>;
  interfaces: Record<string, Interface>;
  bmc: { address?: string; port?: number };
  files: Record<string, FileSpec>;
  ssh_host_keys: boolean;
}

/** Where each value comes from, by path: `image`, `arguments.quiet`, `tags.rack`, `files./etc/hosts`, `interfaces.eth0.mtu`. */
export type Origins = Record<string, Source>;

/** What was taken away and not said again, by path: by which source, and what it was, if anything. */
export type Removals = Record<string, { source: Source; was?: unknown }>;

interface Trace {
  origins: Origins;
  removals: Removals;
}

type Layer = readonly [Source, Settings];

/** The sources of a node's settings, lowest first. Unknown groups and profiles are passed over: the writer lets none in. */
export function layersOf(document: NodeDocument, presets: Presets): { layers: Layer[]; profiles: string[] } {
  const layers: Layer[] = [];
  const profiles: string[] = [];
  const profile = (name: string) => {
    const found = presets.profiles.get(name);
    if (!found) return;
    if (!profiles.includes(name)) profiles.push(name);
    layers.push([`profile:${name}`, found]);
  };
  const groups = (document.groups ?? [])
    .map((name) => ({ name, group: presets.groups.get(name) }))
    .toSorted((a, b) => (a.group?.order ?? 0) - (b.group?.order ?? 0) || (a.name < b.name ? -1 : 1));
  for (const { name, group } of groups) {
    if (!group) continue;
    for (const one of group.profiles ?? []) profile(one);
    layers.push([`group:${name}`, group]);
  }
  for (const one of document.profiles ?? []) profile(one);
  layers.push(['node', document]);
  return { layers, profiles };
}

const SCALARS = [
  'architecture', 'image', 'mode', 'boot', 'overlay', 'trap', 'writable', 'state', 'ssh_host_keys',
] as const; // prettier-ignore
const RECORDS = ['ipxe', 'tags', 'variables', 'files'] as const;

/** @param origins with `removals`: filled with where each value comes from, where that is asked for */
export function resolve(
  document: NodeDocument,
  presets: Presets,
  origins: Origins = {},
  removals: Removals = {},
): Effective {
  const trace: Trace = { origins, removals };
  const { layers, profiles } = layersOf(document, presets);
  const result: Effective = {
    groups: [...(document.groups ?? [])],
    profiles,
    architecture: 'amd64',
    image: undefined,
    mode: undefined,
    ipxe: {},
    arguments: [],
    tags: {},
    variables: {},
    interfaces: {},
    bmc: {},
    files: {},
    ssh_host_keys: true,
  };
  for (const [source, settings] of layers) {
    for (const key of SCALARS) {
      if (settings[key] === undefined) continue;
      (result as unknown as Record<string, unknown>)[key] = settings[key];
      origins[key] = source;
    }
    for (const key of RECORDS) merge(result[key], settings[key], `${key}.`, source, trace);
    if (settings.bmc) merge(result.bmc, settings.bmc, 'bmc.', source, trace);
    for (const [name, one] of Object.entries(settings.interfaces ?? {})) {
      if (one === null) drop(result.interfaces, name, `interfaces.${name}`, source, trace);
      else {
        // Names of interfaces may be those of Object's own properties.
        if (!Object.hasOwn(result.interfaces, name)) result.interfaces[name] = {};
        merge(result.interfaces[name] ?? {}, one, `interfaces.${name}.`, source, trace);
        delete removals[`interfaces.${name}`];
      }
    }
    addArguments(result.arguments, settings.arguments ?? [], source, trace);
  }
  return result;
}

function merge(into: object, from: object | undefined, prefix: string, source: Source, trace: Trace): void {
  for (const [key, value] of Object.entries(from ?? {}) as [string, unknown][]) {
    if (value === undefined) continue;
    if (value === null) drop(into, key, prefix + key, source, trace);
    else {
      (into as Record<string, unknown>)[key] = value;
      trace.origins[prefix + key] = source;
      delete trace.removals[prefix + key];
    }
  }
}

function drop(from: object, key: string, path: string, source: Source, { origins, removals }: Trace): void {
  if (Object.hasOwn(from, key)) removals[path] = { source, was: (from as Record<string, unknown>)[key] };
  else removals[path] ??= { source };
  delete (from as Record<string, unknown>)[key];
  for (const one of Object.keys(origins)) if (one === path || one.startsWith(`${path}.`)) delete origins[one];
}

/** Arguments add up, since the kernel lets several of one name stand; `!name` takes earlier ones away. */
function addArguments(
  list: string[],
  more: readonly string[],
  source: Source,
  { origins, removals }: Trace,
): void {
  for (const argument of more) {
    if (argument.startsWith('!')) {
      const name = argument.slice(1);
      const gone = list.filter((one) => one === name || one.startsWith(`${name}=`));
      for (const one of gone) {
        list.splice(list.indexOf(one), 1);
        delete origins[`arguments.${one}`];
        removals[`arguments.${one}`] = { source, was: one };
      }
    } else if (!list.includes(argument)) {
      list.push(argument);
      origins[`arguments.${argument}`] = source;
      delete removals[`arguments.${argument}`];
    }
  }
}
