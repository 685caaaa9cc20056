/** The form of the source `debian`. */
import { z } from 'zod';
import { archiveUrl, packageName, proxyUrl } from '../fields.ts';

export const DebianSource = z
  .strictObject({
    suite: z
      .string()
      .regex(/^[a-z][a-z0-9.-]*$/, 'must be the name of a suite')
      .describe('Debian or Ubuntu suite, such as bookworm or noble'),
    variant: z
      .enum(['essential', 'apt', 'minbase', 'standard', 'important', 'required'])
      .default('minbase')
      .describe('How much the base has, as mmdebstrap names it'),
    architecture: z
      .enum(['amd64', 'arm64'])
      .optional()
      .describe('Of the image; default: as the building host'),
    mirror: z
      .union([archiveUrl, z.array(archiveUrl).min(1)])
      .optional()
      .describe('Archive URL, or several; default: the configured one, then what mmdebstrap uses'),
    snapshot: z
      .string()
      .regex(/^\d{8}T\d{6}Z$/, 'must be a date such as 20260101T000000Z')
      .optional()
      .describe('Date of a snapshot archive, such as 20260101T000000Z; put in for `{snapshot}` in `mirror`'),
    components: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9/-]*$/, 'must be the name of a component'))
      .min(1)
      .default(['main'])
      .describe('Archive components'),
    keyring: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Keyring file that must have signed the archive, relative to the recipe; default: the distribution’s',
      ),
    proxy: proxyUrl.optional().describe('HTTP proxy for packages, such as apt-cacher-ng'),
    packages: z.array(packageName).default([]).describe('Packages to install together with the base'),
    exclude: z
      .array(z.string().regex(/^\/[^\0\n\r]*$/, 'must be an absolute path pattern'))
      .default([])
      .describe('dpkg path patterns never to unpack, such as `/usr/share/doc/*`, now and in later steps'),
  })
  .refine((s) => s.snapshot === undefined || [s.mirror ?? []].flat().some((m) => m.includes('{snapshot}')), {
    path: ['snapshot'],
    error: 'needs a mirror with {snapshot} in its URL',
  })
  .refine((s) => s.snapshot !== undefined || ![s.mirror ?? []].flat().some((m) => m.includes('{snapshot}')), {
    path: ['mirror'],
    error: 'has {snapshot}, but the recipe names no snapshot',
  });

export type DebianSource = z.output<typeof DebianSource>;
