/** `serve` and `dhcp` in config.yml. */
import { z } from 'zod';

export const ServeConfig = z.strictObject({
  address: z.ipv4().optional().describe('Address to serve on; default: the first one of the interface'),
  interface: z.string().max(15).optional().describe('Network interface for DHCP and TFTP'),
  port: z.int().min(1).max(65535).default(8080).describe('HTTP port'),
  advertise: z.array(z.url()).default([]).describe('Base URLs of further servers with the same catalog'),
  downloads: z
    .int()
    .min(1)
    .max(9000)
    .default(1000)
    .describe('Blobs that are sent at a time; nodes that want more wait or come back later'),
  downloads_per_address: z
    .int()
    .min(1)
    .max(9000)
    .optional()
    .describe('Of these, to one address; default: a quarter. More for nodes behind one address'),
  bandwidth: z
    .string()
    .regex(
      /^([1-9]\d{0,5}|\d{1,6}\.\d{1,3}) ([kMG]bit|[kMG]B)\/s$/,
      'must be a number, a blank, and kbit/s, Mbit/s, Gbit/s, kB/s, MB/s or GB/s',
    )
    .refine((text) => !/^[0.]+ /.test(text), 'must be more than nothing')
    .optional()
    .describe('What all blobs together may take, such as 2 Gbit/s or 250 MB/s; default: no limit'),
  threads: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Threads that send blobs; default: one less than there are processors, 1 to 8'),
  tls: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Serve the API over HTTPS'),
      port: z.int().min(1).max(65535).default(8443).describe('HTTPS port'),
      certificate: z
        .string()
        .optional()
        .describe('PEM file with the certificate and those above it; default: one that Slipway makes'),
      key: z.string().optional().describe('PEM file with the private key of the certificate'),
      names: z
        .array(z.string().regex(/^[\w.:-]{1,253}$/, 'must be a host name or an address'))
        .max(50)
        .default([])
        .describe('Further host names and addresses in the certificate that Slipway makes'),
    })
    .refine((tls) => (tls.certificate === undefined) === (tls.key === undefined), {
      path: ['key'],
      message: 'certificate and key belong together',
    })
    .prefault({})
    .describe('HTTPS for the API'),
  api: z
    .strictObject({
      insecure: z
        .boolean()
        .default(false)
        .describe('Take tokens over plain HTTP from other hosts, too: they can be read on the wire'),
      registries: z
        .array(z.string().regex(/^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/, 'must be HOST or HOST:PORT'))
        .default([])
        .describe('Registries from which images may be pulled over the API'),
      builds: z.int().min(1).max(64).default(1).describe('Builds that run at the same time'),
    })
    .prefault({})
    .describe('The API'),
  syslog: z
    .int()
    .min(0)
    .max(65535)
    .default(514)
    .describe('UDP port on which nodes log what iPXE, kernel and initramfs say; 0: none'),
  metrics: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(100)
    .default([])
    .describe('Addresses and networks besides this host that may read /metrics'),
  attest: z
    .strictObject({
      command: z
        .array(z.string().min(1))
        .min(1)
        .describe('Program and arguments; it gets JSON on standard input, and 0 lets the node boot'),
      timeout: z.int().min(1).max(60).default(10).describe('Seconds that it may take'),
    })
    .optional()
    .describe('A program that decides for each boot whether the node may get its node initrd'),
});

export const DhcpConfig = z.strictObject({
  mode: z
    .enum(['proxy', 'full', 'off'])
    .default('proxy')
    .describe('proxy: beside an existing DHCP server; full: hand out addresses; off: no dnsmasq'),
  range: z.string().optional().describe('full only: first,last[,netmask][,lease time], as dnsmasq writes it'),
  router: z.ipv4().optional().describe('full only: default gateway for nodes'),
  dns: z.array(z.ipv4()).default([]).describe('full only: name servers for nodes'),
  router_advertisements: z
    .boolean()
    .optional()
    .describe(
      'full only: announce the IPv6 network of the interface (as no router), without which iPXE waits 13 s; default: if that is a private one, fd00::/8',
    ),
});
