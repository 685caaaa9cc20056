import type { Place } from '../../system/errors.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import type { Source } from '../../recipe/schema.ts';
import type { BuildContext } from '../context.ts';
import { archive } from './archive.ts';
import { debian } from './debian.ts';
import { directory } from './directory.ts';

/** A source that was looked at: what it would make, before it makes it. */
export interface PreparedSource {
  /** Everything it sees, by name: its cache key. */
  inputs: Record<string, unknown>;
  /** Newest date of its content, seconds; 0 if it has none. */
  date: number;
  /** Fills the empty tree. */
  run: (sandbox: Sandbox, task: string) => Promise<void>;
  /** Told once the tree stands (made or cached), with the identity of its package configuration. */
  ready?: (packageConfig: string) => Promise<void>;
}

/** One kind of source. Files in `sources/` each export one. */
export interface SourceKind<S> {
  title(source: S): string;
  /** `base`: what relative paths start from. */
  prepare(
    source: S,
    base: string,
    place: Place,
    context: BuildContext,
    task: string,
  ): Promise<PreparedSource>;
}

export function sourceTitle(source: Source): string {
  if ('debian' in source) return debian.title(source.debian);
  if ('archive' in source) return archive.title(source.archive);
  return directory.title(source.directory);
}

export async function prepareSource(
  source: Source,
  base: string,
  place: Place,
  context: BuildContext,
  task: string,
): Promise<PreparedSource> {
  if ('debian' in source) return await debian.prepare(source.debian, base, place, context, task);
  if ('archive' in source) return await archive.prepare(source.archive, base, place, context, task);
  return await directory.prepare(source.directory, base, place, context, task);
}
