/** YAML against a zod schema, with every mistake placed as `file:line:column`. */
import type { z } from 'zod';
import { throwAll, type SlipwayError } from './errors.ts';
import { explain, relevant } from './yaml-explain.ts';
import { MOST_ERRORS, parseYaml, type SourceDocument } from './yaml-source.ts';

export { throwAll } from './errors.ts';
export { parseYaml, placeOf, type SourceDocument } from './yaml-source.ts';

/** Checks a parsed document. @throws SlipwayError `yaml/…`, the first mistake with all others in `also` */
export function checkYaml<S extends z.ZodType>(
  schema: S,
  source: SourceDocument,
  value = source.value,
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = relevant(result.error.issues).flatMap((issue) =>
    explain(issue, schema, { ...source, value }),
  );
  const line = ({ where }: SlipwayError) => (where?.line ?? 0) * 1e6 + (where?.column ?? 0);
  throwAll(errors.toSorted((a, b) => line(a) - line(b)).slice(0, MOST_ERRORS));
  throw result.error;
}

/** {@link parseYaml} and {@link checkYaml}. An empty file counts as `{}`. */
export function parseYamlAs<S extends z.ZodType>(schema: S, text: string, file: string): z.output<S> {
  const source = parseYaml(text, file);
  return checkYaml(schema, source, source.value ?? {});
}
