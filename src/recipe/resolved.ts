import type { Place } from '../system/errors.ts';
import type { Clean, Pack, SELinux, Source, Step } from './schema.ts';

/** A step with where it was written, for errors, and the directory its relative paths start from. */
export interface ResolvedStep {
  step: Step;
  place: Place;
  base: string;
}

/**
 * A recipe with all includes merged, `--set` applied, and every path on the host absolute or relative to `base`
 * (an absolute directory): use `resolve(base, path)`. Each of them was there and of the right type when it was loaded.
 */
export interface ResolvedRecipe {
  name: string;
  description?: string;
  /** Absolute path of the recipe. */
  file: string;
  /** Either `image` (a reference in the catalog), or a source. */
  root: { image: string; place: Place } | { source: Source; place: Place; base: string };
  /** Recipes named by path in `from`, and in theirs, in the order to build them; the last is what `root.image` refers to. */
  parents: ResolvedRecipe[];
  variables: Record<string, string | number | boolean>;
  steps: ResolvedStep[];
  clean: Clean;
  selinux?: SELinux;
  /** As imageSize of fields.ts. */
  size?: string;
  pack: Pack;
  /** Seconds since 1970, from `date` or the environment's SOURCE_DATE_EPOCH. */
  epoch?: number;
}
