/** The form of the source `redhat`: dnf(8), dnf.conf(5). */
import { z } from 'zod';
import { archiveUrl, hostFile, proxyUrl } from '../fields.ts';

const repositoryId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, 'must be a repository id: letters, digits, _ . : -');

/** A package, a glob, `name-version`, or a group with `@` before it. Never an option. */
export const rpmName = z
  .string()
  .regex(/^@?[A-Za-z0-9][A-Za-z0-9+._:~^*?/-]*$/, 'must be the name of a package, or @group');

const urls = z.union([archiveUrl, z.array(archiveUrl).min(1)]);

export const Repository = z
  .strictObject({
    id: repositoryId.describe('Its id, as dnf shows it'),
    name: z
      .string()
      .max(200)
      .regex(/^[^\n\0]*$/)
      .optional()
      .describe('Its name for people'),
    baseurl: urls.optional().describe('URL, or several; may have $releasever and $basearch'),
    mirrorlist: archiveUrl.optional().describe('URL of a list of mirrors'),
    metalink: archiveUrl.optional().describe('URL of a metalink'),
    gpgkey: z
      .union([hostFile, z.array(hostFile).min(1)])
      .optional()
      .describe('Key that must have signed its packages: a URL, or a file beside the recipe; or several'),
    gpgcheck: z.boolean().default(true).describe('Refuse packages without a valid signature'),
    repo_gpgcheck: z.boolean().default(false).describe('Refuse metadata without a valid signature'),
    exclude: z.array(rpmName).default([]).describe('Packages that never come from it'),
    priority: z.int().min(1).max(99).optional().describe('Lower wins; default: 99'),
    module_hotfixes: z.boolean().optional().describe('Its packages are not filtered by modules'),
    sslverify: z.boolean().default(true).describe('Check the certificate of its server'),
    sslcacert: hostFile.optional().describe('Certificate authority of its server, a file beside the recipe'),
  })
  .refine((r) => [r.baseurl, r.mirrorlist, r.metalink].filter((one) => one !== undefined).length === 1, {
    error: 'needs exactly one of baseurl, mirrorlist, metalink',
  });

/** What a tree begins with, as `disklessset` names it. */
export const REDHAT_TYPES = ['standard', 'small', 'core', 'none'] as const;

export const RedhatSource = z.strictObject({
  distribution: z
    .enum(['rhel', 'almalinux', 'rocky', 'centos-stream', 'fedora', 'oracle', 'amazon'])
    .optional()
    .describe('Which one; default: by the repositories’ packages, as RHEL does it'),
  release: z
    .union([z.string().regex(/^\d[\w.-]*$/, 'must be a release such as 9 or 9.4'), z.int().min(1)])
    .transform(String)
    .describe('Release, such as 9 or 9.4: $releasever of repositories'),
  platform: z
    .string()
    .regex(/^[a-z0-9][a-z0-9:._-]*$/)
    .optional()
    .describe('Module platform id; default: that of the release, such as platform:el9'),
  architecture: z.enum(['amd64', 'arm64']).optional().describe('Of the image; default: as the building host'),
  type: z
    .enum(REDHAT_TYPES)
    .default('core')
    .describe(
      'standard: @core and kernel modules; small: dnf, ssh, NetworkManager; core: ssh and little more; none: only `packages`',
    ),
  repositories: z
    .union([z.literal('host'), z.array(Repository).min(1)])
    .optional()
    .describe(
      'Repositories; `host`: those of this host; default: the configured ones, then those of this host',
    ),
  packages: z.array(rpmName).default([]).describe('Packages and @groups besides'),
  exclude: z.array(rpmName).default([]).describe('Packages never to install, with wildcards'),
  modules: z
    .array(z.string().regex(/^[\w.+-]+(:[\w.+-]+)?(\/[\w.+-]+)?$/, 'must be NAME[:STREAM[/PROFILE]]'))
    .default([])
    .describe('Module streams to enable, such as nodejs:20; with a profile also to install'),
  optimize: z
    .boolean()
    .default(false)
    .describe('Leave out what a diskless node seldom needs; implies nobest'),
  nobest: z.boolean().default(false).describe('Take an older version where the newest cannot be installed'),
  weak_dependencies: z.boolean().default(false).describe('Install weak dependencies too'),
  docs: z.boolean().default(false).describe('Install documentation and manual pages'),
  languages: z
    .array(z.string().regex(/^[A-Za-z][\w@.-]*$/))
    .default(['en'])
    .describe('Languages whose files are installed; `all` for every one'),
  proxy: proxyUrl.optional().describe('HTTP proxy for packages'),
});

export type RedhatSource = z.output<typeof RedhatSource>;
export type Repository = z.output<typeof Repository>;
