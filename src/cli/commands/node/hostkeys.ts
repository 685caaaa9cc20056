import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesFlag, nodesOf, optionalNodes, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';

interface Flags extends Json {
  readonly nodes?: string;
}

export default buildCommand({
  docs: {
    brief: 'Print the ssh host keys of nodes as lines for known_hosts',
    fullDescription:
      'All nodes that have keys of Slipway, without NODES. Under the name of the node and its addresses.',
  },
  parameters: {
    flags: { json, nodes: nodesFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    await using open = await openRegistry(this);
    const [{ listNodes }, { namesOf, knownHosts }, { siteSecret }] = await Promise.all([
      import('../../../node/registry.ts'),
      import('../../../files/hostkeys.ts'),
      import('../../../boot/keys.ts'),
    ]);
    const site = await siteSecret(open.installation.paths);
    const nodes = await listNodes(open.db, nodesOf(flags.nodes, positional));
    const found = nodes
      .filter((node) => node.ssh_host_keys)
      .map((node) => ({ node: node.name, lines: knownHosts(site, node, namesOf(node)) }));
    this.result(found, () => found.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join(''));
  },
});
