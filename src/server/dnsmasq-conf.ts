/**
 * The configuration of dnsmasq: DHCP (beside another server, or alone), TFTP,
 * and who gets which iPXE. Settings: dnsmasq(8). Architectures: RFC 4578 and the
 * IANA list of processor architecture types; option 175 is iPXE's own.
 */
import { isIPv4 } from 'node:net';
import type { Node } from '../node/node.ts';
import type { Config } from '../system/config.ts';
import { networkAddress, type Network } from './address.ts';
import { fail } from './errors.ts';
import { firmwarePath, type Firmware, type FirmwareKind } from './firmware.ts';

export interface DnsmasqInput {
  dhcp: Config['dhcp'] & { mode: 'proxy' | 'full' };
  network: Network;
  /** HTTP port of the boot server. */
  port: number;
  firmware: Firmware;
  /** Reservations, read again on SIGHUP. */
  hostsFile: string;
  leaseFile: string;
  /** Whether dnsmasq knows dhcp-pxe-vendor (2.86 and later), without which proxy mode has no UEFI HTTP boot. */
  pxeVendor: boolean;
  /** User that dnsmasq becomes; default: its own. */
  user?: string;
}

/** Clients by architecture. `csa`: what dnsmasq calls it in pxe-service, which serves proxy DHCP. */
const CLIENTS: readonly { tag: string; arch: number; kind: FirmwareKind; http: boolean; csa?: string }[] = [
  { tag: 'bios', arch: 0, kind: 'bios', http: false, csa: 'x86PC' },
  { tag: 'x64', arch: 7, kind: 'x64', http: false, csa: 'BC_EFI' },
  { tag: 'x64', arch: 9, kind: 'x64', http: false, csa: 'X86-64_EFI' },
  { tag: 'arm64', arch: 11, kind: 'arm64', http: false, csa: 'ARM64_EFI' },
  { tag: 'x64-http', arch: 16, kind: 'x64', http: true },
  { tag: 'arm64-http', arch: 19, kind: 'arm64', http: true },
];

/** The configuration file. @throws SlipwayError `serve/no-range`, `serve/bad-range`, `serve/unwritable` */
export function dnsmasqConf(input: DnsmasqInput): string {
  const { network, firmware, user } = input;
  const start = `http://${network.address}:${input.port}/boot/start.ipxe`;
  const served = CLIENTS.flatMap((client) => {
    const file = firmware.files[client.kind];
    return file === undefined ? [] : [{ ...client, file }];
  });
  return [
    '# Written by slipway serve; changes are lost.',
    'port=0',
    'no-hosts',
    'pid-file',
    'bind-interfaces',
    `interface=${quote(network.interface)}`,
    'except-interface=lo',
    'log-facility=-',
    // The recorder reads who asks, and how: src/recorder/dhcp.ts.
    'log-dhcp',
    ...(user === undefined ? [] : [`user=${quote(user)}`]),
    'enable-tftp',
    `tftp-root=${quote(firmware.directory)}`,
    // iPXE says that it is there by option 175, or by its user class.
    'dhcp-match=set:ipxe,175',
    'dhcp-userclass=set:ipxe,iPXE',
    ...served.map(({ tag, arch }) => `dhcp-match=set:${tag},option:client-arch,${arch}`),
    ...(input.dhcp.mode === 'full' ? full(input) : proxy(input)),
    `dhcp-boot=tag:ipxe,${quote(start)}`,
    ...[...new Map(served.map((client) => [client.tag, client])).values()].map(({ tag, file, http }) =>
      http
        ? `dhcp-boot=tag:!ipxe,tag:${tag},${quote(`http://${network.address}:${input.port}${firmwarePath(file)}`)}`
        : `dhcp-boot=tag:!ipxe,tag:${tag},${quote(file)},,${network.address}`,
    ),
    // UEFI takes an answer to HTTP boot only if that calls itself so.
    ...served.filter(({ http }) => http).map(({ tag }) => `dhcp-option-force=tag:${tag},60,HTTPClient`),
    ...(input.dhcp.mode === 'proxy' ? services(served, start) : []),
    ...(input.dhcp.mode === 'proxy' && input.pxeVendor ? ['dhcp-pxe-vendor=PXEClient,HTTPClient'] : []),
    '',
  ].join('\n');
}

/** Reservations, one node a line: for --dhcp-hostsfile. */
export function dhcpHosts(nodes: readonly Pick<Node, 'name' | 'macs' | 'address'>[]): string {
  return nodes
    .filter((node) => node.macs.length > 0)
    .map(({ name, macs, address }) => {
      // Dots would make it a domain name, which dnsmasq compares with its own domain.
      const host = name.replaceAll(/[._]/g, '-');
      return `${[...macs, ...(address === undefined ? [] : [address]), host].join(',')}\n`;
    })
    .join('');
}

/** A value as dnsmasq reads it in quotes (its option.c, read_file). @throws SlipwayError `serve/unwritable` */
export function quote(text: string): string {
  if (/\p{Cc}/u.test(text)) throw fail('unwritable', { value: JSON.stringify(text) });
  return /^[\w./:-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function proxy({ network }: DnsmasqInput): string[] {
  return [`dhcp-range=${networkAddress(network.address, network.netmask)},proxy,${network.netmask}`];
}

/**
 * In proxy mode a PXE client is told by a menu of one entry. UEFI asks once more
 * for it, at port 4011; HTTP boot does not, and is told by dhcp-boot like anybody in full mode.
 */
function services(served: readonly { csa?: string; file: string }[], start: string): string[] {
  return served.flatMap(({ csa, file }) =>
    csa === undefined
      ? []
      : [
          `pxe-service=tag:!ipxe,${csa},"Slipway",${quote(file)}`,
          `pxe-service=tag:ipxe,${csa},"Slipway",${quote(start)}`,
        ],
  );
}

function full({ dhcp, network, hostsFile, leaseFile }: DnsmasqInput): string[] {
  return [
    `dhcp-range=${checkRange(dhcp.range, network)}`,
    'dhcp-authoritative',
    'no-ping',
    `dhcp-leasefile=${quote(leaseFile)}`,
    `dhcp-hostsfile=${quote(hostsFile)}`,
    // There is no proxy DHCP beside us (option 176 of iPXE's own): it need not wait 3 s for one.
    'dhcp-option=tag:ipxe,encap:175,176,1b',
    // An empty value keeps dnsmasq from naming itself.
    `dhcp-option=option:router${dhcp.router === undefined ? '' : `,${dhcp.router}`}`,
    `dhcp-option=option:dns-server${dhcp.dns.map((one) => `,${one}`).join('')}`,
    ...(routerAdvertisements(dhcp, network)
      ? // Lifetime 0: we give prefixes, and are nobody's way to anywhere.
        [
          `dhcp-range=::,constructor:${network.interface},ra-only,64,1h`,
          'enable-ra',
          `ra-param=${network.interface},0,0`,
        ]
      : []),
  ];
}

/** iPXE waits 13 s for IPv6 routers that never speak. Where the IPv6 network is ours alone, speaking harms nobody. */
function routerAdvertisements(dhcp: Config['dhcp'], network: Network): boolean {
  return dhcp.router_advertisements ?? network.uniqueLocal;
}

function checkRange(range: string | undefined, { address, netmask }: Network): string {
  if (range === undefined) throw fail('no-range', {});
  const [first = '', last = '', ...rest] = range.split(',').map((part) => part.trim());
  const time = rest.length > 0 && !isIPv4(rest.at(-1) ?? '') ? rest.pop() : undefined;
  const [mask = netmask] = rest;
  const form =
    [first, last, ...rest].every((part) => isIPv4(part)) &&
    rest.length <= 1 &&
    (time === undefined || /^(\d{1,9}[smhdw]?|infinite)$/.test(time));
  if (!form) throw fail('bad-range', { range: JSON.stringify(range), reason: FORM });
  // dnsmasq would take it, and then answer nobody.
  const networks = new Set([first, last, address].map((one) => networkAddress(one, mask)));
  if (networks.size > 1)
    throw fail('bad-range', {
      range: JSON.stringify(range),
      reason: `Its ends and our address ${address} are not in one network.`,
    });
  return [first, last, ...rest, ...(time === undefined ? [] : [time])].join(',');
}

const FORM =
  'It must be first,last[,netmask][,lease time], where the time is a number with s, m, h or d, or infinite.';
