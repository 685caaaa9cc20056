import { z } from 'zod';
import { recipeNames } from '../../jobs/recipes.ts';
import type { Engine } from '../engine.ts';
import { fail } from '../errors.ts';
import { Name, When } from '../fields.ts';
import { operation } from '../operation.ts';

const order = {
  name: Name.optional().describe('Name of the image, instead of the one in the recipe'),
  variables: z
    .record(
      z.string().regex(/^[A-Za-z]\w{0,62}$/, 'must be a word'),
      z.union([z.string().max(500), z.number(), z.boolean()]),
    )
    .optional()
    .describe('Values for variables of the recipe: plain words, no paths that leave its directory'),
  noCache: z.boolean().optional().describe('Make every layer again'),
  offline: z.boolean().optional().describe('Fetch nothing'),
  explain: z.boolean().optional().describe('Say for each step why it ran or did not'),
};

const Build = z
  .object({
    id: z.string(),
    recipe: z.string(),
    ...order,
    who: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted']),
    created: When,
    started: When.optional(),
    ended: When.optional(),
    built: z
      .object({
        image: z.string(),
        generation: z.number(),
        digest: z.string(),
        cached: z.boolean(),
        seconds: z.number(),
        bytes: z.number(),
      })
      .optional(),
    error: z
      .object({
        code: z.string().optional(),
        what: z.string(),
        why: z.string().optional(),
        todo: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: 'Build' });

const id = z.uuid().describe('Id of a build');

export const recipeList = operation({
  name: 'recipe.list',
  method: 'GET',
  path: '/recipes',
  scope: 'reader',
  summary: 'List the recipes that can be built by name',
  input: z.strictObject({}),
  output: z.array(z.string()),
  key: (name) => name,
  run: async ({ installation }) => await recipeNames(installation),
});

export const buildStart = operation({
  name: 'build.start',
  method: 'POST',
  path: '/builds',
  scope: 'operator',
  summary: 'Ask for a build of a recipe of the server',
  input: z.strictObject({ recipe: Name.describe('Name of a recipe on the server'), ...order }),
  output: Build,
  status: 202,
  run: async (engine, input) => shown(await buildsOf(engine, 'build.start').start(input, engine.actor.who)),
});

export const buildList = operation({
  name: 'build.list',
  method: 'GET',
  path: '/builds',
  scope: 'reader',
  summary: 'List builds that were asked for over the API, the newest first',
  input: z.strictObject({}),
  output: z.array(Build),
  key: (build) => build.id,
  run: async (engine) => (await buildsOf(engine, 'build.list').list()).map(shown),
});

export const buildShow = operation({
  name: 'build.show',
  method: 'GET',
  path: '/builds/:build',
  scope: 'reader',
  summary: 'Show one build',
  input: z.strictObject({ build: id }),
  output: Build,
  run: async (engine, { build }) => shown(await buildsOf(engine, 'build.show').show(build)),
});

export const buildCancel = operation({
  name: 'build.cancel',
  method: 'POST',
  path: '/builds/:build/cancel',
  scope: 'operator',
  summary: 'End a build that waits or runs',
  input: z.strictObject({ build: id }),
  output: Build,
  run: async (engine, { build }) => shown(await buildsOf(engine, 'build.cancel').cancel(build)),
});

function buildsOf({ builds }: Engine, operationName: string) {
  if (!builds) throw fail('server-only', { operation: operationName });
  return builds;
}

/** What the command line said stands in the registry as it was. */
function shown<B extends { built?: unknown; error?: unknown }>(build: B) {
  return build as Omit<B, 'built' | 'error'> & Pick<z.input<typeof Build>, 'built' | 'error'>;
}
