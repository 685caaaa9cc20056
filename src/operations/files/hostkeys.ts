import { z } from 'zod';
import { siteSecret } from '../../boot/keys.ts';
import { knownHosts, namesOf } from '../../files/hostkeys.ts';
import { listNodes } from '../../node/registry.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';

export const hostKeys = operation({
  name: 'node.hostkeys',
  method: 'GET',
  path: '/hostkeys',
  scope: 'reader',
  summary: 'List the public ssh host keys of nodes, as lines for known_hosts',
  input: z.strictObject({ nodes: Nodes.optional() }),
  output: z.array(z.object({ node: z.string(), lines: z.array(z.string()) })),
  key: (one) => one.node,
  async run({ db, installation, sink }, { nodes: expr }) {
    const site = await siteSecret(installation.paths, { db, sink });
    const nodes = await listNodes(db, expr);
    return nodes
      .filter((node) => node.ssh_host_keys)
      .map((node) => ({ node: node.name, lines: knownHosts(site, node, namesOf(node)) }));
  },
});
