/**
 * A network for a boot test: namespaces of their own with a bridge, one tap a
 * machine, and an interface for the server. Nothing of it is visible on the host, and all of it is gone when
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
const SERVER = 'server0';

export interface TestNetwork extends AsyncDisposable {
  namespace: Namespace;
  /** Where the server listens: interface and address. */
  interface: string;
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
  const taps = Array.from({ length: machines }, (_, i) => ({
    name: `tap${i}`,
    // Locally administered, as QEMU's own default prefix is.
    mac: `52:54:00:51:1b:${(i + 1).toString(16).padStart(2, '0')}`,
  }));
  const commands = [
    'link set lo up',
    'link add switch type bridge forward_delay 0',
    'link set switch up',
    // The server has a port of its own: a bridge would have no carrier before the first machine runs.
    `link add ${SERVER} type veth peer name port0`,
    'link set port0 master switch',
    'link set port0 up',
    `link set ${SERVER} up`,
    `address add ${IPV4}.1/24 dev ${SERVER}`,
    `address add ${IPV6}::1/64 dev ${SERVER} nodad`,
    ...taps.flatMap(({ name }) => [
      `tuntap add dev ${name} mode tap`,
      `link set ${name} master switch`,
      `link set ${name} up`,
    ]),
  ];
  await namespace.run(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n`, signal });
  const kept = stack.move();
  return {
    namespace,
    interface: SERVER,
    address: `${IPV4}.1`,
    range: `${IPV4}.10,${IPV4}.250,255.255.255.0,1h`,
    taps,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
