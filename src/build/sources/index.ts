import type { Place } from '../../system/errors.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import type { Source } from '../../recipe/schema.ts';
import type { BuildContext } from '../context.ts';
import { archive } from './archive.ts';
import { debian } from './debian.ts';
import { directory } from './directory.ts';
import { host } from './host.ts';
import { oci } from './oci.ts';
import { redhat } from './redhat.ts';

/** A source that was looked at: what it would make, before it makes it. */
export interface PreparedSource {
  /** Everything it sees, by name: its cache key. */
  inputs: Record<string, unknown>;
  /** Of the tree, where the source decides it; default: that of this host. */
  architecture?: 'amd64' | 'arm64';
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

/** Every kind of source, by its key in a recipe. */
const KINDS = { debian, redhat, oci, host, archive, directory } satisfies {
  [K in KindName]?: SourceKind<SourceOf<K>>;
};

type KindName = Source extends infer S ? (S extends unknown ? keyof S : never) : never;
type SourceOf<K extends KindName> = Extract<Source, Record<K, unknown>>[K];

function kindOf(source: Source): { kind: SourceKind<unknown>; value: unknown } {
  const [[name, value] = ['', undefined]] = Object.entries(source);
  const kind = (KINDS as Record<string, SourceKind<never>>)[name];
  if (!kind) throw new Error(`no source ${name}`);
  return { kind, value };
}

export function sourceTitle(source: Source): string {
  const { kind, value } = kindOf(source);
  return kind.title(value);
}

export async function prepareSource(
  source: Source,
  base: string,
  place: Place,
  context: BuildContext,
  task: string,
): Promise<PreparedSource> {
  const { kind, value } = kindOf(source);
  return await kind.prepare(value, base, place, context, task);
}
