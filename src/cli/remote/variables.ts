import { parseSet } from '../../recipe/set.ts';
import { fail } from '../errors.ts';

type Value = string | number | boolean;

/** Variables of `--set variables.KEY=VALUE`; a server takes nothing else of a recipe. @throws SlipwayError `cli/usage`, `recipe/set-form` */
export function variablesOf(set: readonly string[]): Record<string, Value> {
  const pairs = set.map((text): [string, Value] => {
    const { path, value } = parseSet(text);
    const [first, key, ...rest] = path;
    if (first === 'variables' && key !== undefined && rest.length === 0 && isScalar(value))
      return [key, value];
    throw fail('usage', {
      message: 'With --server only variables can be set: --set variables.KEY=VALUE',
      help: 'slipway build --help',
    });
  });
  return Object.fromEntries(pairs);
}

function isScalar(value: unknown): value is Value {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
