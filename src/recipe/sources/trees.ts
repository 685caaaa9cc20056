/** The form of sources that take a root tree as it is. */
import { z } from 'zod';
import { hostFile } from '../fields.ts';

export const ArchiveSource = z.strictObject({
  path: hostFile.describe('tar file (any compression that tar knows), relative to the recipe'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
    .optional()
    .describe('SHA-256 of the file; any other content is refused'),
  strip: z.int().min(0).max(16).default(0).describe('Leading path components to remove'),
});

export const DirectorySource = z.strictObject({
  path: hostFile.describe('A root tree, relative to the recipe'),
});

export const OciSource = z.strictObject({
  image: z
    .string()
    .regex(
      /^(docker:\/\/|oci:|oci-archive:|docker-archive:)[^\s\0-]\S*$/,
      'must be docker://REGISTRY/NAME[:TAG|@DIGEST], oci:DIRECTORY[:TAG], oci-archive:FILE or docker-archive:FILE',
    )
    .describe(
      'A container image as skopeo names it: `docker://…`, or `oci:`, `oci-archive:`, `docker-archive:` and a path relative to the recipe',
    ),
  insecure: z.boolean().default(false).describe('Take it from a registry without TLS'),
  authfile: hostFile.optional().describe('Credentials as podman login writes them, mode 0600'),
});

export const HostSource = z.strictObject({
  ssh: z
    .string()
    .regex(/^([a-z_][a-z0-9_-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*$/, 'must be HOST or USER@HOST')
    .optional()
    .describe('Machine to copy, over ssh as configured for this user; default: this machine'),
  ssh_config: hostFile.optional().describe('ssh_config(5) to use instead of the user’s, beside the recipe'),
  port: z.int().min(1).max(65535).optional().describe('Port of its ssh server'),
  exclude: z
    .array(z.string().regex(/^\/[^\0\n]*$/, 'must be an absolute path pattern'))
    .default([])
    .describe('Patterns never to copy, as rsync takes them, besides those that are never copied'),
  one_file_system: z
    .boolean()
    .default(false)
    .describe('Leave out what is mounted below /; otherwise local file systems are copied too'),
});

export type ArchiveSource = z.output<typeof ArchiveSource>;
export type DirectorySource = z.output<typeof DirectorySource>;
export type OciSource = z.output<typeof OciSource>;
export type HostSource = z.output<typeof HostSource>;
