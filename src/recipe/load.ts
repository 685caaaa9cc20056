/**
 * From a recipe file to a {@link ResolvedRecipe}: fragments merged, parents
 * loaded, every path looked at, every template rendered once. What can be known
 * to be wrong is said before anything is built, all of it at once.
 */
import { resolve } from 'node:path';
import { placeText, reworded, SlipwayError, throwAll } from '../system/errors.ts';
import { silent, type Sink } from '../system/events.ts';
import { checkYaml, placeOf } from '../system/yaml.ts';
import { checkName, checkReference, epochOf, isPath } from './checks.ts';
import { beside, openDocument, type Link, type Opened } from './document.ts';
import { fail } from './errors.ts';
import { checkSource, checkStep } from './host-paths.ts';
import { newBudget, readText, type Named } from './read-text.ts';
import type { ResolvedRecipe, ResolvedStep } from './resolved.ts';
import { FragmentSchema, RecipeSchema, type Fragment, type Recipe } from './schema.ts';
import { applyOverrides, parseSet, type Override } from './set.ts';

export interface LoadOptions {
  /** `key=value` each: a path with dots into the recipe, and a YAML value. */
  set?: readonly string[];
  /** Name of the image, instead of the one in the recipe. */
  name?: string;
  sink?: Sink;
  /** For SOURCE_DATE_EPOCH; default `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads a recipe with all that it names. Reads files only; needs no rights and no catalog.
 * @throws SlipwayError `yaml/…`, `recipe/…`, `template/…` with the place of what is wrong; the others in `also`
 */
export async function loadRecipe(file: string, options: LoadOptions = {}): Promise<ResolvedRecipe> {
  const loader = new Loader(options);
  const overrides: Override[] = [];
  if (options.name !== undefined)
    overrides.push({ path: ['name'], value: options.name, place: { file: `--name ${options.name}` } });
  for (const text of options.set ?? [])
    await loader.attempt(() => {
      overrides.push(parseSet(text));
    });
  const recipe = await loader.recipe({ path: file, absolute: resolve(file) }, [], overrides);
  loader.finish();
  if (!recipe) throw new Error(`${file} gave neither a recipe nor an error`);
  return recipe;
}

type Parts = Pick<ResolvedRecipe, 'steps' | 'variables'> & { templates: Named[] };
type Root = Pick<ResolvedRecipe, 'root' | 'parents'>;

class Loader {
  readonly #errors: SlipwayError[] = [];
  readonly #budget = newBudget();
  readonly #sink: Sink;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(options: LoadOptions) {
    this.#sink = options.sink ?? silent;
    this.#env = options.env ?? process.env;
  }

  /** Goes on after errors, to find the others. */
  async attempt<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      this.#errors.push(error);
      return undefined;
    }
  }

  /** Throws what was collected; the same mistake of a fragment that is included twice counts once. */
  finish(): void {
    const all = this.#errors.flatMap((error) => [error, ...error.also]);
    const text = (e: SlipwayError) => `${e.code} ${e.where ? placeText(e.where) : ''} ${e.message}`;
    const unique = [...new Map(all.map((error) => [text(error), error])).values()];
    const files = unique.map((error) => error.where?.file);
    // File by file, each from top to bottom.
    const rank = ({ where }: SlipwayError) =>
      [files.indexOf(where?.file), where?.line ?? 0, where?.column ?? 0] as const;
    const sorted = unique.toSorted((a, b) => {
      const [x, y] = [rank(a), rank(b)];
      return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
    });
    throwAll(sorted.map((error) => reworded(error, { also: [] })));
  }

  async recipe(
    file: Named,
    chain: readonly Link[],
    overrides: readonly Override[] = [],
  ): Promise<ResolvedRecipe | undefined> {
    const opened = await this.attempt(() => openDocument(file, 'from', chain, this.#budget));
    if (!opened) return undefined;
    const source = await this.attempt(() => applyOverrides(opened.source, overrides));
    if (!source) return undefined;
    const here: Opened = { ...opened, source };
    const recipe = await this.attempt(() => checkYaml(RecipeSchema, source, source.value ?? {}));
    if (!recipe) return undefined;

    await this.attempt(() => checkName(recipe.name, placeOf(source, ['name'])));
    const root = await this.attempt(() => this.#root(recipe, here));
    const { steps, variables, templates } = await this.#parts(recipe, here);
    for (const template of templates)
      await this.attempt(async () => {
        const { renderTemplate } = await import('./templates.ts'); // LiquidJS, only where it is used
        return await renderTemplate(await readText(template, this.#budget), template.path, variables);
      });
    const epoch = await this.attempt(() => epochOf(recipe, this.#env));
    if (!root) return undefined;
    const { name, description, selinux, size, clean, pack } = recipe;
    return {
      name,
      description,
      file: here.absolute,
      ...root,
      variables,
      steps,
      selinux,
      size,
      clean,
      pack,
      epoch,
    };
  }

  async #root(recipe: Recipe, here: Opened): Promise<Root | undefined> {
    const { from, source } = recipe;
    const at = (path: PropertyKey[]) => placeOf(here.source, path);
    if (from !== undefined && source)
      throw fail('two-roots', {}, { where: placeOf(here.source, ['source'], true) });
    if (source) {
      await checkSource(source, here);
      return { root: { source, place: at(['source']), base: here.base }, parents: [] };
    }
    if (from === undefined) throw fail('no-root', {}, { where: at([]) });
    const place = at(['from']);
    if (!isPath(from)) {
      checkReference(from, place);
      return { root: { image: from, place }, parents: [] };
    }
    const file = beside(here, from, place);
    const parent = await this.recipe(file, here.chain);
    if (!parent) return undefined;
    const parents = [...parent.parents, parent];
    const same = parents.find((p) => p.name === recipe.name);
    if (same) throw fail('same-name', { name: recipe.name, file: file.path }, { where: place });
    return { root: { image: parent.name, place }, parents };
  }

  /** Steps and variables: those of the fragments first, in their order; later variables win, the includer's over all. */
  async #parts(document: Fragment, here: Opened): Promise<Parts> {
    const at = (path: PropertyKey[]) => placeOf(here.source, path);
    const steps: ResolvedStep[] = [];
    const variables: Parts['variables'] = {};
    const templates: Named[] = [];
    for (const [i, path] of document.include.entries()) {
      const fragment = await this.attempt(() =>
        this.#fragment(beside(here, path, at(['include', i])), here.chain),
      );
      steps.push(...(fragment?.steps ?? []));
      templates.push(...(fragment?.templates ?? []));
      Object.assign(variables, fragment?.variables);
    }
    for (const [i, step] of document.steps.entries()) {
      await this.attempt(() => checkStep(step, i, here, this.#budget));
      if ('files' in step)
        for (const [j, entry] of step.files.entries())
          if ('template' in entry)
            templates.push(beside(here, entry.template, at(['steps', i, 'files', j, 'template'])));
      steps.push({ step, place: at(['steps', i]), base: here.base });
    }
    return { steps, templates, variables: { ...variables, ...document.variables } };
  }

  async #fragment(file: Named, chain: readonly Link[]): Promise<Parts> {
    const opened = await openDocument(file, 'include', chain, this.#budget);
    const fragment = checkYaml(FragmentSchema, opened.source, opened.source.value ?? {});
    if (fragment.steps.length + fragment.include.length + Object.keys(fragment.variables).length === 0)
      this.#sink({
        event: 'notice',
        level: 'warning',
        message: `${file.path} is included, but has no steps and no variables`,
        where: file.where,
      });
    return await this.#parts(fragment, opened);
  }
}
