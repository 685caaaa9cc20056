/** Flags with which nodes are described, and how nodes are shown. */
import type { Node } from '../../../node/node.ts';
import type { NodeSettings } from '../../../node/registry.ts';
import { json, text, texts, type Json } from '../../flags.ts';
import type { Style } from '../../render/style.ts';
import { facts, table } from '../../render/table.ts';
import { when } from '../../render/text.ts';

export interface SettingFlags extends Json {
  readonly mac?: readonly string[];
  readonly arch?: 'amd64' | 'arm64';
  readonly argument?: readonly string[];
  readonly address?: string;
}

export const settingFlags = {
  json,
  mac: texts('MAC address; may be given several times', 'mac'),
  arch: { kind: 'enum', values: ['amd64', 'arm64'], brief: 'Architecture', optional: true },
  argument: texts('Kernel argument of these nodes; may be given several times', 'argument'),
  address: text('IPv4 address that full DHCP reserves', 'ip'),
} as const;

export function settingsOf(flags: SettingFlags): NodeSettings {
  return {
    ...(flags.mac && flags.mac.length > 0 && { macs: [...flags.mac] }),
    ...(flags.arch && { architecture: flags.arch }),
    ...(flags.argument && flags.argument.length > 0 && { arguments: [...flags.argument] }),
    ...(flags.address !== undefined && { address: flags.address }),
  };
}

export function nodeTable(nodes: readonly Node[], style: Style, columns: number | undefined): string {
  return table(
    nodes,
    [
      { title: 'node', value: (n) => n.name },
      { title: 'mac', value: (n) => n.macs.join(' '), shrink: true },
      { title: 'arch', value: (n) => n.architecture },
      { title: 'address', value: (n) => n.address },
      { title: 'image', value: (n) => n.image },
      { title: 'mode', value: (n) => n.mode },
      { title: 'arguments', value: (n) => n.arguments.join(' '), shrink: true },
    ],
    { style, columns, empty: 'There is no node yet. Add one: slipway node add n1 --mac 52:54:00:12:34:56' },
  );
}

export function nodeFacts(node: Node, style: Style): string {
  return facts(
    [
      ['node', node.name],
      ['id', node.id],
      ['mac', node.macs.join(' ')],
      ['architecture', node.architecture],
      ['address', node.address],
      ['image', node.image],
      ['mode', node.mode],
      ['arguments', node.arguments.join(' ')],
      ['added', `${when(node.created)} by ${node.origin === 'registered' ? 'itself' : 'the administrator'}`],
      ['changed', when(node.updated)],
    ],
    style,
  );
}
