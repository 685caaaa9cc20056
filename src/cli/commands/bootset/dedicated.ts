/** What `bootset -f` and `-e` make of a node: its own kernel arguments, beside those of its equipment profile. */
import { fail } from '../../errors.ts';
import type { Node } from '../../../node/node.ts';

/** dracut.cmdline(7): patience for slow switches. */
const DHCP = 'rd.net.timeout.carrier=30 rd.net.timeout.ifup=60 rd.net.dhcp.retry=4';
const FORCES = ['dhcp', 'network'] as const;

export type Force = (typeof FORCES)[number];

/** `dhcp,network` @throws SlipwayError `cli/usage` */
export function forcesOf(text: string | undefined): Force[] {
  return (text ?? '')
    .split(',')
    .filter(Boolean)
    .map((word) => {
      const force = FORCES.find((one) => one === word);
      if (!force)
        throw fail('usage', {
          message: `-f takes dhcp, network or both with a comma, not ${JSON.stringify(word)}`,
          help: 'bootset --help',
        });
      return force;
    });
}

/** The words of dedicated-kernel-parameters. @throws SlipwayError `cli/usage` if a static address is asked for and the node has none */
export function dedicatedOf(
  node: Pick<Node, 'name' | 'interfaces'>,
  forces: readonly Force[],
  extra?: string,
): string {
  const words: string[] = [];
  if (forces.includes('network')) words.push(staticAddress(node));
  if (forces.includes('dhcp')) words.push(DHCP);
  if (extra) words.push(extra);
  return words.join(' ');
}

/** `ip=ADDRESS::GATEWAY:NETMASK:HOST:INTERFACE:none`, dracut.cmdline(7). */
function staticAddress({ name, interfaces }: Pick<Node, 'name' | 'interfaces'>): string {
  for (const [device, { address, gateway }] of Object.entries(interfaces)) {
    const match = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(address ?? '');
    if (match) return `ip=${match[1]}::${gateway ?? ''}:${netmask(Number(match[2]))}:${name}:${device}:none`;
  }
  throw fail('usage', {
    message: `-f network: ${name} has no interface with an IPv4 address and a prefix length`,
    help: `slipway node set ${name} --interface eth0,address=10.0.0.7/16,gateway=10.0.0.1`,
  });
}

function netmask(prefix: number): string {
  const bits = prefix === 0 ? 0 : (~0 << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
