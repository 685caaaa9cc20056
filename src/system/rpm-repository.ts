/** The form of an RPM repository, in recipes and in config.yml. dnf.conf(5), "Repo options" */
import { z } from 'zod';

/** A URL that becomes part of a line of another program's settings. */
export const archiveUrl = z
  .url({
    protocol: /^(https?|file|copy|ftp)$/,
    error: 'must be a URL of an archive (http, https, file, copy, ftp)',
    abort: true,
  })
  .regex(/^[^\s"'\\]+$/, 'must be a URL without blanks and quotes');

/** Becomes a quoted value in apt.conf. */
export const proxyUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL', abort: true })
  .regex(/^[^\s"'\\;{}]+$/, 'must be a URL without blanks, quotes and ;');

/** A path on the host, relative to the file that names it. */
export const hostFile = z.string().min(1);

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
  })
  .superRefine((repository, context) => {
    if (repository.gpgkey !== undefined || !(repository.gpgcheck || repository.repo_gpgcheck)) return;
    context.addIssue({
      code: 'custom',
      message: `repository ${repository.id} has no gpgkey: name the key that its packages are signed with (or, where they are not signed, gpgcheck: false)`,
    });
  });

export const Repositories = z
  .array(Repository)
  .min(1)
  .superRefine((list, context) => {
    for (const [i, { id }] of list.entries())
      if (list.findIndex((other) => other.id === id) < i)
        context.addIssue({ code: 'custom', path: [i, 'id'], message: `a second repository ${id}` });
  });

export type Repository = z.output<typeof Repository>;
