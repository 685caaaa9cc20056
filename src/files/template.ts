/**
 * Templates of node files. What a template can use is seen before it is rendered,
 * so one that uses nothing of the node is rendered once for all nodes, and a
 * result is known again by the values that went into it.
 */
import { createHash } from 'node:crypto';
import type { Template as Parsed } from 'liquidjs';
import { closest } from '../system/closest.ts';
import { throwAll, type SlipwayError } from '../system/errors.ts';
import { liquidMistakes, StrictLiquid } from '../system/liquid.ts';
import { fail } from './errors.ts';
import { addFilters } from './filters.ts';
import type { ClusterScope, ImageScope, NodeScope } from './scope.ts';

const ROOTS = ['node', 'cluster', 'image'] as const;
export type Root = (typeof ROOTS)[number];

/** Milliseconds; the server does nothing else meanwhile. */
const TIME_LIMIT = 2000;

const engine = new StrictLiquid({
  limits: { parse: 1 << 20, time: TIME_LIMIT, memory: 64 << 20, output: 16 << 20 },
  lenientIf: true,
});
addFilters(engine.liquid);

export interface Template {
  parsed: Parsed[];
  /** Paths of variables that it uses, as far as they are fixed: `['node','tags','rack']`. */
  uses: readonly (readonly (string | number)[])[];
}

export interface TemplateScope {
  node: NodeScope;
  cluster?: ClusterScope;
  image?: ImageScope;
}

/** @param path of the file, for messages @throws SlipwayError `file/template`, `file/limit`, `file/variable` with the place in the template */
export function parseTemplate(text: string, path: string): Template {
  try {
    const parsed = engine.parse(text);
    const { globals } = engine.liquid.analyzeSync(parsed, { partials: false });
    const variables = Object.values(globals).flat();
    throwAll(
      variables
        .filter((variable) => !ROOTS.includes(variable.segments[0] as Root))
        .map(({ segments, location }) => {
          const name = String(segments[0]);
          const where = { file: path, line: location.row, column: location.col };
          const near = closest(name, ROOTS);
          const hint = near ? `Did you mean ${near}?` : `Templates have: ${ROOTS.join(', ')}.`;
          return fail('variable', { path, name, who: 'no node has', hint }, { where });
        }),
    );
    return { parsed, uses: variables.map(({ segments }) => fixed(segments)) };
  } catch (error) {
    throw explained(error, path);
  }
}

/** The leading part of a path that does not depend on values. */
function fixed(segments: readonly unknown[]): (string | number)[] {
  const end = segments.findIndex((one) => typeof one !== 'string' && typeof one !== 'number');
  return (end < 0 ? segments : segments.slice(0, end)) as (string | number)[];
}

export function usesRoot(template: Template, root: Root): boolean {
  return template.uses.some(([first]) => first === root);
}

/**
 * A digest of all values that the template can use: the same means the same result.
 * @param cluster digest of the cluster, which is too large to be looked at for each node
 */
export function inputDigest(template: Template, scope: TemplateScope, cluster = ''): string {
  const values = template.uses.map((path) =>
    path[0] === 'cluster' ? ['cluster', cluster] : [path, valueAt(scope, path)],
  );
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}

function valueAt(scope: object, path: readonly (string | number)[]): unknown {
  let at: unknown = scope;
  for (const key of path) {
    // Whatever LiquidJS makes of the rest (size, first, …) is made of this.
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return [at, 'and no more'];
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** @throws SlipwayError `file/variable`, `file/template`, `file/limit` with the place in the template, and the node */
export function renderTemplate(template: Template, scope: TemplateScope, path: string): string {
  try {
    return engine.render(template.parsed, { ...scope });
  } catch (error) {
    throw explained(error, path, scope);
  }
}

function explained(error: unknown, path: string, scope?: TemplateScope): unknown {
  if ((error as SlipwayError).name === 'SlipwayError') return error;
  const errors = liquidMistakes(error).map(({ kind, message, name = '', line, column, cause }) => {
    const context = { where: { file: path, line, column }, cause };
    if (kind === 'variable')
      return fail(
        'variable',
        { path, name, who: `${scope?.node.name ?? 'the node'} does not have`, hint: hintFor(name, scope) },
        context,
      );
    const node = scope ? ` for ${scope.node.name}` : '';
    return fail(kind === 'limit' ? 'limit' : 'template', { path, node, message }, context);
  });
  try {
    throwAll(errors);
  } catch (all) {
    return all;
  }
  return error;
}

/** The nearest name that there is. */
function hintFor(name: string, scope: TemplateScope | undefined): string {
  const path = name.split('.');
  const last = path.pop() ?? '';
  const at = valueAt(scope ?? {}, path);
  if (Array.isArray(at) || typeof at !== 'object' || at === null) return '';
  const near = closest(last, Object.keys(at));
  return near ? `Did you mean ${[...path, near].join('.')}?` : '';
}
