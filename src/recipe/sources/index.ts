/** The forms of sources. */
import { z } from 'zod';
import { DebianSource } from './debian.ts';
import { RedhatSource } from './redhat.ts';
import { ArchiveSource, DirectorySource, HostSource, OciSource } from './trees.ts';

export * from './debian.ts';
export * from './redhat.ts';
export * from './trees.ts';

export const Source = z
  .union([
    z.strictObject({ debian: DebianSource.describe('Packages of Debian or Ubuntu, by mmdebstrap') }),
    z.strictObject({ redhat: RedhatSource.describe('Packages of RHEL and what is like it, by dnf') }),
    z.strictObject({ oci: OciSource.describe('A container image, by skopeo and umoci') }),
    z.strictObject({ host: HostSource.describe('A running machine, by rsync over ssh') }),
    z.strictObject({ archive: ArchiveSource.describe('A packed root tree') }),
    z.strictObject({ directory: DirectorySource.describe('A root tree on this host') }),
  ])
  .meta({ title: 'source' });

export type Source = z.output<typeof Source>;
