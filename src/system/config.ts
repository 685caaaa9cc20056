/** Configuration of one installation: `etc/slipway/config.yml`, every key from this schema. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { defineErrors } from './errors.ts';
import { parseYamlAs } from './yaml.ts';
import { pathsUnder, type Paths } from './paths.ts';
import { NfsConfig } from './nfs-config.ts';
import { proxyUrl, Repositories } from './rpm-repository.ts';

const fail = defineErrors('config', {
  root: {
    what: 'SLIPWAY_ROOT is {root}',
    why: 'Its path becomes part of options of apt, mount and dnsmasq, which cannot hold every character.',
    todo: 'Choose a directory whose path has only letters, digits, blanks and @ % + = . , / ~ _ -',
    exit: 2,
  },
  'nfs-directories': {
    what: 'nfs.directory {directory} and nfs.exports {exports} are one inside the other',
    why: 'Trees are kept in the first, closed to all but root, and mounted below the second for the NFS server.',
    todo: 'Name two directories that have nothing to do with each other, in config.yml.',
  },
});

export const ConfigSchema = z.strictObject({
  autoclean: z
    .boolean()
    .default(true)
    .describe('Remove what killed commands left at the start of the next one'),
  mounts: z
    .string()
    .regex(/^(\/[\w@%+=.~-]+)+$/, 'must be an absolute path of letters, digits and @ % + = . ~ _ -')
    .optional()
    .describe('Directory in which images are mounted to be changed; default: /var/lib/slipway/mounts'),
  modes: z
    .string()
    .regex(/^\/[^\0]*$/, 'must be an absolute path')
    .optional()
    .describe('Directory of further modes, one file each: docs/guide/writing-a-mode.md'),
  debian: z
    .strictObject({
      mirror: z.url().optional().describe('Archive for Debian suites; default: what mmdebstrap uses'),
      proxy: z.url().optional().describe('HTTP proxy for package downloads, such as apt-cacher-ng'),
    })
    .prefault({})
    .describe('Defaults for recipes with a debian source'),
  redhat: z
    .strictObject({
      repositories: Repositories.optional().describe(
        'Repositories for recipes that name none; files are relative to this file; default: those of this host',
      ),
      proxy: proxyUrl.optional().describe('HTTP proxy for packages'),
    })
    .prefault({})
    .describe('Defaults for recipes with a redhat source'),
  build: z
    .strictObject({
      compression: z
        .int()
        .min(1)
        .max(22)
        .default(9)
        .describe('zstd level of layers when the recipe names none'),
    })
    .prefault({})
    .describe('Defaults for builds'),
  serve: z
    .strictObject({
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
    })
    .prefault({})
    .describe('The boot server'),
  recipes: z
    .string()
    .optional()
    .describe('Directory of the recipes that can be built over the API; default: recipes beside this file'),
  dhcp: z
    .strictObject({
      mode: z
        .enum(['proxy', 'full', 'off'])
        .default('proxy')
        .describe('proxy: beside an existing DHCP server; full: hand out addresses; off: no dnsmasq'),
      range: z
        .string()
        .optional()
        .describe('full only: first,last[,netmask][,lease time], as dnsmasq writes it'),
      router: z.ipv4().optional().describe('full only: default gateway for nodes'),
      dns: z.array(z.ipv4()).default([]).describe('full only: name servers for nodes'),
      router_advertisements: z
        .boolean()
        .optional()
        .describe(
          'full only: announce the IPv6 network of the interface (as no router), without which iPXE waits 13 s; default: if that is a private one, fd00::/8',
        ),
    })
    .prefault({})
    .describe('dnsmasq, which Slipway configures and supervises'),
  nfs: NfsConfig.prefault({}).describe('Trees that nodes have as their root over NFS'),
  unknown: z
    .strictObject({
      answer: z
        .enum(['local', 'image', 'register'])
        .default('local')
        .describe(
          'local: boot from disk; image: boot a default image; register: become a node by itself, then as local',
        ),
      image: z.string().optional().describe('image reference for answer: image'),
    })
    .refine((unknown) => unknown.answer !== 'image' || unknown.image !== undefined, {
      path: ['image'],
      message: 'is needed for answer: image',
    })
    .prefault({})
    .describe('What a machine that is not in the registry gets'),
  targets: z
    .record(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be a name: a-z 0-9 . _ -')
        .refine((name) => !['image', 'disk', 'next'].includes(name), 'is what Slipway does itself'),
      z.strictObject({
        url: z
          .string()
          .regex(
            /^(https?|tftp):\/\/[^\s"'$#]+$/,
            'must be an http, https or tftp URL without blanks, quotes, $ and #',
          )
          .describe('iPXE script that the node goes on with; {node} and {profile} (its last one) are put in'),
        after: z
          .enum(['stay', 'disk', 'image'])
          .default('stay')
          .describe('What the node boots after that: the same again, its disk, or its image'),
        kickstart: z
          .string()
          .optional()
          .describe('File that bootset -k shows; {node} and {profile} are put in'),
      }),
    )
    .default({})
    .describe('What nodes can boot besides images, by name, such as osdeploy: scripts of other tools'),
  overlay: z
    .string()
    .regex(
      /^(tmpfs|zram) ([1-9]\d?%|100%|[1-9]\d{0,5}[MG])$/,
      'must be tmpfs or zram, a blank, and a size such as 50% or 2G',
    )
    .default('tmpfs 50%')
    .describe('Writable layer of nodes: tmpfs SIZE or zram SIZE'),
  attempts: z
    .int()
    .min(1)
    .max(1000)
    .default(8)
    .describe('Download attempts of nodes for one file, over all servers, before they give up'),
  refresh: z
    .int()
    .min(10)
    .max(604_800)
    .default(300)
    .describe('Seconds, a fifth more or less, after which running nodes ask for files that are refreshed'),
  trap: z
    .enum(['shell', 'poweroff', 'reboot', 'halt'])
    .default('shell')
    .describe('What a node does when its boot failed'),
});
export type Config = z.infer<typeof ConfigSchema>;

/** What every command gets: where things are, and how this installation is set. */
export interface Installation {
  paths: Paths;
  config: Config;
}

/** Loads the configuration under `root` (`SLIPWAY_ROOT`); all defaults if there is no file. @throws SlipwayError `yaml/…`, `config/…` */
export function loadInstallation(root = process.env['SLIPWAY_ROOT'] || '/'): Installation {
  // The path becomes part of apt, dnsmasq and mount options: none of them can quote everything.
  if (!/^[\w@%+=.,/~ -]+$/.test(root)) throw fail('root', { root: JSON.stringify(root) });
  const paths = pathsUnder(resolve(root));
  const file = join(paths.etc, 'config.yml');
  let text = '{}';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const config = parseYamlAs(ConfigSchema, text, file);
  const { mounts = paths.mounts, nfs } = config;
  const { directory = paths.nfs, exports = paths.exports } = nfs;
  if (`${directory}/`.startsWith(`${exports}/`) || `${exports}/`.startsWith(`${directory}/`))
    throw fail('nfs-directories', { directory, exports });
  return { paths: { ...paths, mounts, nfs: directory, exports }, config };
}
