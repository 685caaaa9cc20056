/** What parameters mean as a recipe. */
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { Place } from '../system/errors.ts';
import { epochOf } from '../recipe/checks.ts';
import type { ResolvedRecipe } from '../recipe/resolved.ts';
import { RecipeSchema } from '../recipe/schema.ts';
import type { LivenetParameters, StagingParameters } from './model.ts';
import { ROOT_LOGIN, osReleaseScript } from './scripts.ts';
import { keysOf } from './ssh-key.ts';

export type Bootable = LivenetParameters | StagingParameters;
type Document = z.input<typeof RecipeSchema>;
type Password = string | { prompt: true } | { file: string };

export interface Origin {
  /** Parameters file, for messages and progress. */
  file: string;
  /** Where each of its keys' values stands. */
  places?: Readonly<Record<string, Place>>;
}

/** The recipe that builds what the parameters ask for. `release` must be known. */
export function resolveParameters(
  parameters: Bootable,
  { file, places = {} }: Origin,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedRecipe {
  const recipe = RecipeSchema.parse(recipeDocument(parameters, parameters.password));
  const { source, steps, name, selinux, size, clean, pack } = recipe;
  if (!source) throw new Error('parameters without a source');
  const absolute = resolve(file);
  const base = dirname(absolute);
  const at = (key: string): Place => places[key] ?? { file };
  const placeOf = (step: (typeof steps)[number]) => {
    if ('kernel' in step) return at('kernel');
    return 'users' in step ? at('password') : at('image_class');
  };
  return {
    name,
    file: absolute,
    root: { source, place: at(places['additional_packages'] ? 'additional_packages' : 'image_class'), base },
    parents: [],
    variables: {},
    steps: steps.map((step) => ({ step, place: placeOf(step), base })),
    selinux,
    size,
    clean,
    pack,
    epoch: epochOf(recipe, env),
  };
}

/**
 * The same as YAML, for going on with recipes. Its first line says where it comes from.
 * @param password what stands for it: the hash, a question, or a file beside the recipe
 */
export function recipeText(parameters: Bootable, password: Password, comment: string): string {
  const lines = comment.split('\n').map((line) => `# ${line}\n`);
  return lines.join('') + stringify(recipeDocument(parameters, password), { lineWidth: 0 });
}

function recipeDocument(parameters: Bootable, password: Password): Document {
  const { name, kernel, releaseVersion } = parameters;
  if (releaseVersion === undefined) throw new Error('the release must be known');
  const livenet = parameters.kind === 'livenet' ? parameters : undefined;
  const keys = keysOf(livenet?.sshKey ?? '');
  const packages = [...(livenet ? [] : ['@core']), ...parameters.additionalPackages];
  return {
    name,
    source: {
      redhat: {
        release: releaseVersion,
        type: livenet ? (livenet.type.toLowerCase() as Lowercase<typeof livenet.type>) : 'none',
        ...(packages.length > 0 && { packages }),
        ...(livenet?.optimize && { optimize: true }),
      },
    },
    steps: [
      // First: what comes behind it does not make the initramfs again.
      { kernel: { pool: kernel } },
      { users: [{ name: 'root', password, ...(keys.length > 0 && { ssh_keys: keys }) }] },
      ...(livenet ? [{ run: ROOT_LOGIN, title: 'root may log in by ssh' }] : []),
      { run: osReleaseScript(name, kernel), title: 'name, kernel and date in os-release' },
    ],
    ...(livenet?.selinux && { selinux: true as const }),
    ...(livenet && { size: livenet.size }),
  };
}
