/** Files of recipes that are templates. */
import { closest } from '../system/closest.ts';
import { defineErrors, throwAll, type SlipwayError } from '../system/errors.ts';
import { liquidMistakes, StrictLiquid, type LiquidMistake } from '../system/liquid.ts';

const fail = defineErrors('template', {
  variable: {
    what: 'The template uses the variable {name}, which the recipe does not have',
    why: 'An empty value in its place would go unnoticed. The recipe’s variables: {known}.',
    todo: '{hint}',
    exit: 2,
  },
  wrong: {
    what: 'The template cannot be used: {message}',
    why: 'Templates are Liquid, without includes, dates and random values: the same recipe always gives the same image.',
    todo: 'Mend the template. To write braces as they are, put them between the tags raw and endraw.',
    exit: 2,
  },
  limit: {
    what: 'The template is too much work: {message}',
    why: 'Templates may take 5 s, 16 MiB of memory and 1 MiB of text.',
    todo: 'Make the template smaller, or make the file with a run step.',
    exit: 2,
  },
});

/** Values that a template sees. */
export type Variables = Readonly<Record<string, string | number | boolean>>;

const liquid = new StrictLiquid({
  limits: { parse: 1 << 20, time: 5000, memory: 16 << 20, output: 16 << 20 },
});

/**
 * Renders a Liquid template. `file` is for messages.
 * @throws SlipwayError `template/variable`, `template/wrong`, `template/limit` at file:line:column, several at once
 */
export async function renderTemplate(text: string, file: string, variables: Variables): Promise<string> {
  try {
    return liquid.render(liquid.parse(text), { ...variables });
  } catch (error) {
    throwAll(liquidMistakes(error).map((one) => explain(one, file, variables)));
    throw error;
  }
}

function explain(mistake: LiquidMistake, file: string, variables: Variables): SlipwayError {
  const { kind, message, name = '', line, column, cause } = mistake;
  const context = { where: { file, line, column }, cause };
  if (kind !== 'variable') return fail(kind, { message }, context);
  const known = Object.keys(variables);
  const near = closest(name, known);
  const hint = near ? `Did you mean ${near}?` : 'Add it to variables: in the recipe.';
  return fail('variable', { name, known: known.join(', ') || 'none', hint }, context);
}
