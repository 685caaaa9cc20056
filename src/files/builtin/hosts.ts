/** /etc/hosts of the cluster: hosts(5). The same for all nodes that have an address. */
import type { Cluster } from '../scope.ts';
import type { Builtin } from './builtin.ts';

const HEAD = `# Made by Slipway from the registry of nodes.
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
`;

const made = new WeakMap<object, string>();

export const hosts: Builtin = {
  name: 'hosts',
  brief: '/etc/hosts with all nodes that have an address; an interface is called NODE-INTERFACE',
  async make({ node, cluster }) {
    const all = table(await cluster());
    // Programs look up their own host name, whatever the registry knows of it.
    const own = node.address === undefined ? `127.0.1.1 ${node.name}\n` : '';
    return [{ name: '', content: `${HEAD}${own}${all}` }];
  },
};

function table({ scope }: Cluster): string {
  const known = made.get(scope);
  if (known !== undefined) return known;
  const lines: string[] = [];
  for (const { name, address, interfaces } of scope.nodes) {
    // The first name of an address is what it is called when it is looked up.
    const byAddress = new Map<string, string[]>(address === undefined ? [] : [[address, namesOf(name)]]);
    for (const one of Object.values(interfaces)) {
      const ip = one.address?.replace(/\/.*/, '');
      if (ip === undefined) continue;
      const names = byAddress.get(ip) ?? [];
      names.push(`${name}-${one.name.replaceAll(/[^\w.-]/g, '-')}`);
      byAddress.set(ip, names);
    }
    for (const [ip, names] of byAddress) lines.push(`${ip} ${names.join(' ')}\n`);
  }
  const text = lines.join('');
  made.set(scope, text);
  return text;
}

/** With its short name, where it has a domain. */
function namesOf(name: string): string[] {
  const short = name.replace(/\..*/, '');
  return short === name ? [name] : [name, short];
}
