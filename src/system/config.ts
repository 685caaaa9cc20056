/** Configuration of one installation: `etc/slipway/config.yml`, every key from this schema. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Overlay, TrapAction } from './boot-settings.ts';
import { defineErrors } from './errors.ts';
import { parseYamlAs } from './yaml.ts';
import { pathsUnder, type Paths } from './paths.ts';
import { NfsConfig } from './nfs-config.ts';
import { proxyUrl, Repositories } from './rpm-repository.ts';
import { DhcpConfig, ServeConfig } from './serve-config.ts';

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
  serve: ServeConfig.prefault({}).describe('The boot server'),
  recipes: z
    .string()
    .optional()
    .describe('Directory of the recipes that can be built over the API; default: recipes beside this file'),
  dhcp: DhcpConfig.prefault({}).describe('dnsmasq, which Slipway configures and supervises'),
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
  overlay: Overlay.default('tmpfs 50%').describe('Writable layer of nodes: tmpfs SIZE or zram SIZE'),
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
  trap: TrapAction.default('shell').describe('What a node does when its boot failed'),
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
