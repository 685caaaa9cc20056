/** LiquidJS for what users write: strict, bounded, and without files, clocks and chance. https://liquidjs.com */
import { Liquid, type LiquidError } from 'liquidjs';
import { defineErrors, throwAll, type SlipwayError } from '../system/errors.ts';
import { closest } from '../system/closest.ts';

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

/** Other files: a template is one file. */
const NO_TAGS = ['include', 'render', 'layout', 'block'];
/** The clock and chance: the same recipe must give the same bytes. */
const NO_FILTERS = [
  'date',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
  'sample',
];

const liquid = new Liquid({
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  catchAllErrors: true,
  templates: {},
  parseLimit: 1 << 20,
  renderLimit: 5000,
  memoryLimit: 16 << 20,
});
for (const tag of NO_TAGS) delete liquid.tags[tag];
for (const filter of NO_FILTERS) delete liquid.filters[filter];

/**
 * Renders a Liquid template. `file` is for messages.
 * @throws SlipwayError `template/variable`, `template/wrong`, `template/limit` at file:line:column, several at once
 */
export async function renderTemplate(text: string, file: string, variables: Variables): Promise<string> {
  try {
    return String(await liquid.parseAndRender(text, { ...variables }));
  } catch (error) {
    const errors = (error as { errors?: LiquidError[] }).errors ?? [error as LiquidError];
    throwAll(errors.map((e) => explain(e, file, variables)));
    throw error;
  }
}

function explain(error: LiquidError, file: string, variables: Variables): SlipwayError {
  // Without LiquidJS's own ", line:1, col:2".
  const message = (error.originalError?.message ?? error.message).replace(
    /(, file:.*)?, line:\d+, col:\d+$/s,
    '',
  );
  const [line, column] = error.token?.getPosition() ?? [];
  const context = { where: { file, line, column }, cause: error };
  const name = /^undefined variable: (.*)$/s.exec(message)?.[1];
  if (name !== undefined) {
    const known = Object.keys(variables);
    const near = closest(name, known);
    const hint = near ? `Did you mean ${near}?` : 'Add it to variables: in the recipe.';
    return fail('variable', { name, known: known.join(', ') || 'none', hint }, context);
  }
  return fail(/limit exceeded/.test(message) ? 'limit' : 'wrong', { message }, context);
}
