/** The form of the source `redhat`: dnf(8), dnf.conf(5). */
import { z } from 'zod';
import { proxyUrl, Repositories, rpmName } from '../../system/rpm-repository.ts';

export { Repository, rpmName } from '../../system/rpm-repository.ts';

/** What a tree begins with, as `disklessset` names it. */
const REDHAT_TYPES = ['standard', 'small', 'core', 'none'] as const;

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
    .union([z.literal('host'), Repositories])
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
