/** What the commands share that make an image of single answers: `livenet create`, `nfs staging`, `demo create`. */
import type { Answers } from '../../parameters/answers.ts';
import type { Context } from '../context.ts';
import { fail } from '../errors.ts';
import { off, text, texts } from '../flags.ts';
import { bytes, seconds } from '../render/text.ts';

export interface SystemFlags {
  readonly kernel: string;
  readonly package?: readonly string[];
  readonly release?: string;
  readonly 'password-stdin': boolean;
}

export const systemFlags = {
  kernel: {
    kind: 'parsed',
    parse: String,
    brief: 'Kernel of the pool (slipway kernel ls), with or without vmlinuz-',
    placeholder: 'version',
  },
  package: texts('Additional package or @group; may be given several times', 'name'),
  release: text('Release to install, such as 9 (default: that of this host)', 'version'),
  'password-stdin': off(
    'Read the password of root, or its crypt(5) hash, from standard input; else it is asked',
  ),
} as const;

export const newName = {
  kind: 'tuple',
  parameters: [{ brief: 'name of the new image', placeholder: 'NAME', parse: String }],
} as const;

/** The password, asked twice or read. @throws SlipwayError `cli/usage` where nobody can be asked */
export async function passwordFor(context: Context, fromInput: boolean, command: string): Promise<string> {
  if (fromInput) {
    const { readInput } = await import('../input.ts');
    return (await readInput('-', 4096)).toString('utf8').replace(/\r?\n$/, '');
  }
  const ask = context.secretAsker();
  if (!ask)
    throw fail('usage', {
      message: 'The password of root is missing: there is no terminal to ask at; give it by --password-stdin',
      help: `slipway ${command} --help`,
    });
  return await ask('Password of root');
}

/** Makes the image and prints what came out. */
export async function create(context: Context, answers: Answers, command: string): Promise<void> {
  const { installation, sink, signal } = await context.work({ reconcile: true });
  const { createImage } = await import('../../parameters/create.ts');
  const built = await createImage(installation, answers, `slipway ${command}`, { sink, signal });
  context.result(
    built,
    (style) =>
      `${style.green(style.sign.done)} ${style.bold(`${built.image}:${built.generation}`)}  built in ${seconds(built.seconds)}, ${bytes(built.bytes)}\n  ${style.dim(built.digest)}\n`,
  );
}
