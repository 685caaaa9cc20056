/** The config blob's form, for reading what may have come from elsewhere. */
import { z } from 'zod';
import { NAME } from '../system/names.ts';
import { byText } from './canonical.ts';
import { digestForm } from './digest-form.ts';
import type { ImageConfig } from './types.ts';

const digest = digestForm('must be a digest');
const size = z.int().min(0);
/** One line of text: it ends in listings, boot scripts and kernel arguments. */
const line = z
  .string()
  .max(4096)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

const Package = z.object({ name: line, version: line, architecture: line, source: line.optional() });

const Layer = z.object({
  digest,
  size,
  format: z.enum(['squashfs', 'erofs']),
  compressor: z.enum(['zstd', 'gzip', 'xz', 'lz4']).optional(),
  title: line,
  key: line,
  unpacked: size,
});

const Config = z.object({
  name: z.string().regex(NAME),
  description: z.string().max(65_536).optional(),
  os: z.literal('linux'),
  architecture: z.enum(['amd64', 'arm64']),
  date: line,
  layers: z.array(Layer).max(500),
  kernel: z.object({ version: line, arguments: z.array(line), modules: z.array(line) }).optional(),
  packages: z.array(Package).max(200_000),
  system: z.record(z.string(), z.string().max(4096)),
  parent: digest.optional(),
  selinux: z
    .object({ policy: z.string().regex(/^[a-z][a-z0-9_-]*$/), mode: z.enum(['enforcing', 'permissive']) })
    .optional(),
  size: size.optional(),
  used: size.optional(),
});

/** Checks a config. Returns it with its packages sorted, or what is wrong with it. */
export function parseConfig(value: unknown): ImageConfig | { wrong: string } {
  const result = Config.safeParse(value);
  if (!result.success) return { wrong: z.prettifyError(result.error).replaceAll('\n', '; ') };
  const packages = result.data.packages.toSorted(
    (a, b) =>
      byText(a.name, b.name) || byText(a.architecture, b.architecture) || byText(a.version, b.version),
  );
  return { ...result.data, packages };
}
