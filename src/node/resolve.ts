/**
 * From what is said of a node, its groups and its profiles to what holds. Later
 * wins, in this order: its groups by `order` and name (of each: the group's
 * profiles, then the group), the node's profiles as listed, the node itself.
 */
import type {
  GroupDocument,
  Interface,
  NodeDocument,
  ProfileDocument,
  Settings,
  FileSpec,
} from './schema.ts';

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
  arguments: string[];
  overlay?: string;
  trap?: Settings['trap'];
  tags: Record<string, string>;
  variables: Record<string, unknown>;
  interfaces: Record<string, Interface>;
  bmc: { address?: string; port?: number };
  files: Record<string, FileSpec>;
  ssh_host_keys: boolean;
}

/** Where each value comes from, by path: `image`, `arguments.quiet`, `tags.rack`, `files./etc/hosts`, `interfaces.eth0.mtu`. */
export type Origins = Record<string, Source>;

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

const SCALARS = ['architecture', 'image', 'mode', 'overlay', 'trap', 'ssh_host_keys'] as const;
const RECORDS = ['tags', 'variables', 'files'] as const;

/** @param origins filled with where each value comes from, where that is asked for */
export function resolve(document: NodeDocument, presets: Presets, origins: Origins = {}): Effective {
  const { layers, profiles } = layersOf(document, presets);
  const result: Effective = {
    groups: [...(document.groups ?? [])],
    profiles,
    architecture: 'amd64',
    image: undefined,
    mode: undefined,
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
    for (const key of RECORDS) merge(result[key], settings[key], `${key}.`, source, origins);
    if (settings.bmc) merge(result.bmc, settings.bmc, 'bmc.', source, origins);
    for (const [name, one] of Object.entries(settings.interfaces ?? {})) {
      if (one === null) drop(result.interfaces, name, `interfaces.${name}`, origins);
      else {
        // Names of interfaces may be those of Object's own properties.
        if (!Object.hasOwn(result.interfaces, name)) result.interfaces[name] = {};
        merge(result.interfaces[name] ?? {}, one, `interfaces.${name}.`, source, origins);
      }
    }
    addArguments(result.arguments, settings.arguments ?? [], source, origins);
  }
  return result;
}

function merge(
  into: object,
  from: object | undefined,
  prefix: string,
  source: Source,
  origins: Origins,
): void {
  for (const [key, value] of Object.entries(from ?? {}) as [string, unknown][]) {
    if (value === undefined) continue;
    if (value === null) drop(into, key, prefix + key, origins);
    else {
      (into as Record<string, unknown>)[key] = value;
      origins[prefix + key] = source;
    }
  }
}

function drop(from: object, key: string, path: string, origins: Origins): void {
  delete (from as Record<string, unknown>)[key];
  for (const one of Object.keys(origins)) if (one === path || one.startsWith(`${path}.`)) delete origins[one];
}

/** Arguments add up, since the kernel lets several of one name stand; `!name` takes earlier ones away. */
function addArguments(list: string[], more: readonly string[], source: Source, origins: Origins): void {
  for (const argument of more) {
    if (argument.startsWith('!')) {
      const name = argument.slice(1);
      const gone = list.filter((one) => one === name || one.startsWith(`${name}=`));
      for (const one of gone) {
        list.splice(list.indexOf(one), 1);
        delete origins[`arguments.${one}`];
      }
    } else if (!list.includes(argument)) {
      list.push(argument);
      origins[`arguments.${argument}`] = source;
    }
  }
}
