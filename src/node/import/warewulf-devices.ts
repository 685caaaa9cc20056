/** Network devices as Warewulf has them: by the name of the network, in layers. */
import type { At, Tree } from '../../system/yaml-tree.ts';
import { entriesAt, textAt } from './trees.ts';
import type { Layer } from './warewulf.ts';

interface Said {
  text: string;
  at: At;
}
export interface Device {
  fields: Map<string, Said>;
  tags: Map<string, Said>;
}
/** By the name of the network. */
export type Devices = Map<string, Device>;

/** Takes the devices of one profile or node. */
export function readDevices(layer: Layer, tree: Tree): void {
  const { draft } = layer;
  for (const [network, { value }] of entriesAt(draft, tree, 'network devices')) {
    const device: Device = { fields: new Map(), tags: new Map() };
    layer.devices.set(network, device);
    for (const [key, entry] of entriesAt(draft, value, `network devices ${network}`)) {
      if (key === 'tags') {
        for (const [name, tag] of entriesAt(draft, entry.value, `network devices ${network} tags`)) {
          const text = textAt(draft, tag.value, `tag ${name}`);
          if (text !== undefined) device.tags.set(name, { text, at: tag.value });
        }
        continue;
      }
      if (key === 'tagsdel') continue;
      const text = textAt(draft, entry.value, `network devices ${network} ${key}`);
      if (text !== undefined && text !== '')
        device.fields.set(key === 'ip6addr' ? 'ipaddr6' : key, { text, at: entry.value });
    }
  }
}

/** Lower layers first: of each network, what the later ones say wins. */
export function mergeDevices(layers: readonly Layer[]): Devices {
  const merged: Devices = new Map();
  for (const { devices } of layers)
    for (const [network, { fields, tags }] of devices) {
      const device = merged.get(network) ?? {
        fields: new Map<string, Said>(),
        tags: new Map<string, Said>(),
      };
      merged.set(network, device);
      for (const [key, value] of fields) device.fields.set(key, value);
      for (const [key, value] of tags) device.tags.set(key, value);
    }
  return merged;
}

/** Without a device: the network's name if it is one of an interface, else the first interface. */
export function interfaceOf(network: string, device: Device): string {
  return device.fields.get('device')?.text ?? (network === 'default' ? 'eth0' : network);
}
