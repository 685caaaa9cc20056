import type { z } from 'zod';
import { throwAll } from '../system/errors.ts';
import type { Engine } from './engine.ts';
import { fail } from './errors.ts';
import type { Operation } from './operation.ts';

/** Issues told of one input. */
const TOLD = 20;

/**
 * Runs an operation: its input is checked, and nothing gets into its answer that its schema does not have.
 * @throws SlipwayError `operation/bad-input` with all issues, and what the operation throws
 */
export async function call<I extends z.ZodObject, O extends z.ZodType>(
  one: Operation<I, O>,
  engine: Engine,
  input: unknown,
): Promise<z.output<O>> {
  const answer = one.output.safeParse(await one.run(engine, checkInput(one, input)));
  if (!answer.success)
    throw new Error(`the answer of ${one.name} is not of its form: ${answer.error.message}`, {
      cause: answer.error,
    });
  return answer.data;
}

/** @throws SlipwayError `operation/bad-input` with all issues */
export function checkInput<I extends z.ZodObject>(
  one: { name: string; input: I },
  input: unknown,
): z.output<I> {
  const parsed = one.input.safeParse(input);
  if (!parsed.success)
    throwAll(
      parsed.error.issues.slice(0, TOLD).map(({ path, message }) =>
        fail('bad-input', {
          operation: one.name,
          path: path.length > 0 ? path.map(String).join('.').slice(0, 200) : 'input',
          message,
        }),
      ),
    );
  return parsed.data as z.output<I>;
}
