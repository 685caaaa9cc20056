/** Recipes that build from the test distribution. */
import { stringify } from 'yaml';
import type { RpmDistribution, RpmRelease } from './distribution.ts';

export interface RpmRecipe {
  name: string;
  /** Other fields of the source `redhat`, such as `type` or `packages`. */
  source?: Record<string, unknown>;
  steps?: readonly unknown[];
  /** Other keys of the recipe. */
  more?: Record<string, unknown>;
  /** Where the repository is; default: its directory, as `file://`. */
  url?: string;
}

/** The text of a recipe with the source `redhat` of one release of the distribution. */
export function rpmRecipe({ key }: RpmDistribution, { release, url }: RpmRelease, recipe: RpmRecipe): string {
  const repository = {
    id: `slt-${release}`,
    baseurl: recipe.url ?? url,
    gpgkey: key,
    repo_gpgcheck: true,
  };
  return stringify({
    name: recipe.name,
    source: { redhat: { release, repositories: [repository], ...recipe.source } },
    steps: recipe.steps ?? [],
    ...recipe.more,
  });
}
