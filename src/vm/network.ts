/**
 * A network for a boot test: namespaces of their own with a bridge and one tap
 * a machine. Nothing of it is visible on the host, and all of it is gone when
 * the namespaces are, also after a kill -9.
 */
import { access } from 'node:fs/promises';
import { Namespace } from '../system/namespace.ts';
import { fail } from './errors.ts';

/**
 * RFC 2544 keeps 198.18.0.0/15 for tests, RFC 4193 fd00::/8 for private networks. The server
 * advertises the latter, without which iPXE waits 13 s for a router before it goes on with IPv4.
 */
const IPV4 = '198.18.87';
const IPV6 = 'fd5e:51bf:a700:1';

export interface TestNetwork extends AsyncDisposable {
  namespace: Namespace;
  bridge: string;
  /** The host's end, where the server listens. */
  address: string;
  /** For machines, as dnsmasq writes it: first,last,netmask,lease time. */
  range: string;
  taps: { name: string; mac: string }[];
}

/** Makes it, with `machines` taps (1 to 64). Needs root and /dev/net/tun. @throws SlipwayError `vm/no-tap`, `namespace/refused`, `process/…` */
export async function openTestNetwork(machines: number, signal?: AbortSignal): Promise<TestNetwork> {
  await access('/dev/net/tun').catch((cause: unknown) => {
    throw fail('no-tap', {}, { cause });
  });
  await using stack = new AsyncDisposableStack();
  const namespace = stack.use(await Namespace.open({ network: true }));
  const bridge = 'br0';
  const taps = Array.from({ length: machines }, (_, i) => ({
    name: `tap${i}`,
    // Locally administered, as QEMU's own default prefix is.
    mac: `52:54:00:51:1b:${(i + 1).toString(16).padStart(2, '0')}`,
  }));
  const commands = [
    'link set lo up',
    `link add ${bridge} type bridge forward_delay 0`,
    `address add ${IPV4}.1/24 dev ${bridge}`,
    `address add ${IPV6}::1/64 dev ${bridge} nodad`,
    `link set ${bridge} up`,
    ...taps.flatMap(({ name }) => [
      `tuntap add dev ${name} mode tap`,
      `link set ${name} master ${bridge}`,
      `link set ${name} up`,
    ]),
  ];
  await namespace.run(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n`, signal });
  const kept = stack.move();
  return {
    namespace,
    bridge,
    address: `${IPV4}.1`,
    range: `${IPV4}.10,${IPV4}.250,255.255.255.0,1h`,
    taps,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
