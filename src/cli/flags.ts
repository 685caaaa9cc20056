/** Flags and arguments that several commands share. */
import type { Context } from './context.ts';
import { fail } from './errors.ts';

/** Every listing and result takes it. Its value is read before parsing (`Context.json`). */
export const json = {
  kind: 'boolean',
  brief: 'Print JSON, one value a line',
  default: false,
  withNegated: false,
} as const;
export interface Json {
  readonly json: boolean;
}

/** A switch that is off unless given. */
export const off = (brief: string) =>
  ({ kind: 'boolean', brief, default: false, withNegated: false }) as const;

/** An optional text. */
export const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, brief, placeholder, optional: true }) as const;

/** An optional text that may be given several times. */
export const texts = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, brief, placeholder, optional: true, variadic: true }) as const;

/** A whole number between two limits. */
export const whole = (
  brief: string,
  placeholder: string,
  minimum: number,
  maximum = Number.MAX_SAFE_INTEGER,
) => ({ kind: 'parsed', parse: wholeNumber(minimum, maximum), brief, placeholder, optional: true }) as const;

export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER) {
  return (input: string): number => {
    const value = /^\d+$/.test(input) ? Number(input) : NaN;
    if (!(value >= minimum && value <= maximum))
      throw new RangeError(
        `must be a whole number from ${minimum}${maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : ''}, not ${JSON.stringify(input)}`,
      );
    return value;
  };
}

/** Bytes of `20G`, `512M`, `1T` or a plain number; powers of 1024. */
export function byteSize(input: string): number {
  const match = /^(\d{1,12})([KMGT])?(i?B)?$/i.exec(input);
  if (!match) throw new SyntaxError(`must be a size such as 20G, not ${JSON.stringify(input)}`);
  return Number(match[1]) * 1024 ** ' KMGT'.indexOf(match[2]?.toUpperCase() ?? ' ');
}

async function completedImages(this: Context, partial: string): Promise<readonly string[]> {
  const { imageNames } = await import('./complete.ts');
  return await imageNames(partial);
}

/** An optional reference of an image. */
export const imageFlag = (brief: string) =>
  ({ ...text(brief, 'image'), proposeCompletions: completedImages }) as const;

/** An optional mode. */
export const modeFlag = (brief: string) =>
  ({
    ...text(brief, 'mode'),
    async proposeCompletions(this: Context, partial: string): Promise<readonly string[]> {
      const { modes } = await import('../modes/index.ts');
      return modes.map((mode) => mode.name).filter((name) => name.startsWith(partial));
    },
  }) as const;

/** Candidates for the name of a group or a profile. */
export const completedPresets = (kind: 'group' | 'profile') =>
  async function proposeCompletions(this: Context, partial: string): Promise<readonly string[]> {
    const { presetNames } = await import('./complete.ts');
    return await presetNames(kind, partial);
  };

/** An optional group or profile. */
export const presetFlag = (kind: 'group' | 'profile', brief: string) =>
  ({ ...text(brief, kind), proposeCompletions: completedPresets(kind) }) as const;

/** A group or profile that may be given several times. */
export const presetFlags = (kind: 'group' | 'profile', brief: string) =>
  ({ ...texts(brief, kind), proposeCompletions: completedPresets(kind) }) as const;

/** Positional `IMAGE`: a reference to one generation. */
export const imageArgument = {
  brief: 'name, name:tag, name:generation or sha256:…',
  placeholder: 'IMAGE',
  parse: String,
  proposeCompletions: completedImages,
} as const;

/** Positional `VERSION`: a kernel of the pool, also as `kernel ls` and parameters files write it. */
export const kernelArgument = {
  brief: 'version of a kernel of the pool',
  placeholder: 'VERSION',
  parse: (word: string) => word.replace(/^vmlinuz-/, ''),
  async proposeCompletions(this: Context, partial: string): Promise<readonly string[]> {
    const { kernelVersions } = await import('./complete.ts');
    return await kernelVersions(partial);
  },
} as const;

/** Positional `NODE`: one registered node. */
export const nodeArgument = {
  brief: 'name of a registered node',
  placeholder: 'NODE',
  parse: String,
  async proposeCompletions(this: Context, partial: string): Promise<readonly string[]> {
    const { nodeNames } = await import('./complete.ts');
    return await nodeNames(partial);
  },
} as const;

/** Positional `NODES`. */
export const nodesArgument = {
  ...nodeArgument,
  brief: 'node set, such as node[01-10],login1 or @rack1!node07',
  placeholder: 'NODES',
} as const;

/** `-n NODES`, the same as the positional. Alias: `n`. */
export const nodesFlag = {
  kind: 'parsed',
  parse: String,
  brief: 'The nodes, the same as NODES',
  placeholder: 'nodes',
  optional: true,
  async proposeCompletions(this: Context, partial: string): Promise<readonly string[]> {
    const { nodeNames } = await import('./complete.ts');
    return await nodeNames(partial);
  },
} as const;

/** `-n NODE`, the same as the positional `NODE`. Alias: `n`. */
export const nodeFlag = { ...nodesFlag, brief: 'The node, the same as NODE', placeholder: 'node' } as const;
export interface OneNode {
  readonly nodes?: string;
}

/** Positional `NODE` where `-n` may stand instead. */
export const optionalNode = { ...nodeArgument, optional: true } as const;

/** Positional `NODES` where `-n` may stand instead. */
export const optionalNodes = { ...nodesArgument, optional: true } as const;

/** The nodes of a command that takes them as positional or as `-n`; both together are all of them. */
export function nodesOf(flag: string | undefined, positional: string | undefined): string | undefined {
  const given = [positional, flag].filter((one) => one !== undefined);
  return given.length > 0 ? given.join(' ') : undefined;
}

/** What a list of nodes says that has none. @param asked the node set, if one was given */
export function noNodes(asked: string | undefined): string {
  return asked === undefined
    ? 'There is no node yet. Add one: slipway node add n1 --mac 52:54:00:12:34:56'
    : `There is no node in ${asked}`;
}

/** {@link nodesOf} where a command cannot do without. `command`: for the hint, such as `node set`. */
export function someNodes(flag: string | undefined, positional: string | undefined, command: string): string {
  const nodes = nodesOf(flag, positional);
  if (nodes === undefined)
    throw fail('usage', { message: 'No nodes are named', help: `slipway ${command} --help` });
  return nodes;
}
