/** What the commands on node sets work on. */
import type { Expression } from '../../../nodeset/expression.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { nodesArgument } from '../../flags.ts';
import { openRegistry } from '../../open.ts';

export const expressions = {
  kind: 'array',
  parameter: {
    ...nodesArgument,
    brief: 'node set, such as node[01-10,15],@rack1!node07; - or nothing: read from standard input',
    placeholder: 'EXPR',
  },
} as const;

/** Characters read from standard input. */
const MOST_INPUT = 16 << 20;

/**
 * Names that the arguments mean together, in natural order. Each is worked out by itself;
 * on standard input each line is, and # begins a comment. The registry is opened only where
 * a group, `@*` or a wildcard must be looked up.
 */
export async function namesOf(context: Context, args: readonly string[], command: string): Promise<string[]> {
  const [{ parse }, { groupsOf, needsAll }, { evaluate }] = await Promise.all([
    import('../../../nodeset/parse.ts'),
    import('../../../nodeset/expression.ts'),
    import('../../../nodeset/evaluate.ts'),
  ]);
  if (args.length === 0 && process.stdin.isTTY)
    throw fail('usage', { message: 'No node set is given', help: `slipway nodeset ${command} --help` });
  if (await context.remote()) {
    const { nodesetExpand } = await import('../../../operations/node/nodeset.ts');
    return await context.call(nodesetExpand, { sets: await wordsOf(args, command) });
  }
  const all: Expression[] = [];
  for (const arg of args.length > 0 ? args : ['-'])
    if (arg === '-')
      for (const [index, line] of (await standardInput(command)).split('\n').entries())
        all.push(
          parse(line.replace(/#.*/, ''), { file: 'standard input', line: index + 1, most: MOST_INPUT }),
        );
    else all.push(parse(arg));
  if (groupsOf(...all).length === 0 && !needsAll(...all)) return evaluate(all);
  await using open = await openRegistry(context);
  const { lookUp } = await import('../../../node/groups.ts');
  return evaluate(all, await lookUp(open.db, ...all));
}

/** The same as words, without their places. */
async function wordsOf(args: readonly string[], command: string): Promise<string[]> {
  const words: string[] = [];
  for (const arg of args.length > 0 ? args : ['-'])
    if (arg !== '-') words.push(arg);
    else for (const line of (await standardInput(command)).split('\n')) words.push(line.replace(/#.*/, ''));
  return words.filter((word) => word.trim() !== '');
}

async function standardInput(command: string): Promise<string> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) {
    text += part as string;
    if (text.length > MOST_INPUT)
      throw fail('usage', {
        message: `Standard input has more than ${MOST_INPUT >> 20} MiB`,
        help: `slipway nodeset ${command} --help`,
      });
  }
  return text;
}
