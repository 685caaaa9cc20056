/** Flags that the commands of `slipway file` share: who gives the file, and what it is like. */
import type { FileSpec } from '../../../node/file-schema.ts';
import type { Owner } from '../../../files/edit.ts';
import { fail } from '../../errors.ts';
import { json, nodesFlag, off, presetFlag, text, type Json } from '../../flags.ts';

export interface OwnerFlags extends Json {
  readonly nodes?: string;
  readonly group?: string;
  readonly profile?: string;
}

const preset = (kind: 'group' | 'profile') => presetFlag(kind, `The ${kind} whose nodes are to have it`);

export const ownerFlags = {
  json,
  nodes: { ...nodesFlag, brief: 'The nodes that are to have it' },
  group: preset('group'),
  profile: preset('profile'),
} as const;
export const ownerAliases = { n: 'nodes' } as const;

export function ownerOf({ nodes, group, profile }: OwnerFlags): Owner {
  const given: Owner[] = [
    ...(nodes === undefined ? [] : [{ nodes }]),
    ...(group === undefined ? [] : [{ group }]),
    ...(profile === undefined ? [] : [{ profile }]),
  ];
  const [only] = given;
  if (only === undefined || given.length > 1)
    throw fail('usage', {
      message: 'Say whose file it is by exactly one of -n NODES, --group, --profile',
      help: 'slipway file set --help',
    });
  return only;
}

export interface ModeFlags {
  readonly mode?: string;
  readonly owner?: string;
}
export interface RefreshFlags {
  readonly refresh: boolean;
  readonly run?: string;
}

export const modeFlags = {
  mode: text('Permissions; default: 0644, of secrets 0600', 'octal'),
  owner: text('Owner in the image; default: root:root', 'user[:group]'),
} as const;
export const refreshFlags = {
  refresh: off('Running nodes fetch it again when it changed'),
  run: text('Command that a running node runs after a refresh changed it', 'command'),
} as const;

export function lookOf(
  flags: Partial<ModeFlags & RefreshFlags>,
): Pick<FileSpec, 'mode' | 'owner' | 'group' | 'refresh' | 'run'> {
  const { mode, refresh, run } = flags;
  const [owner, group] = flags.owner?.split(':') ?? [];
  if (run !== undefined && !refresh)
    throw fail('usage', {
      message: 'Only files with --refresh change on running nodes, so only they can --run something',
      help: 'slipway file set --help',
    });
  return { mode, owner, group, ...(refresh && { refresh }), run };
}

/** Positional `PATH`. */
export const pathArgument = {
  brief: 'absolute path on the node',
  placeholder: 'PATH',
  parse: String,
} as const;
