/**
 * LiquidJS for what users write: strict, bounded, without files, clocks and
 * chance, so that the same template and variables always give the same text.
 * https://liquidjs.com
 */
import { Context, Liquid, toValueSync, type Emitter, type LiquidError, type Template } from 'liquidjs';

/** Other files: a template is one file. */
const NO_TAGS = ['include', 'render', 'layout', 'block'];
const NO_FILTERS = [
  // The clock and chance.
  'date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string', 'sample',
  // Programs in strings: what variables these use cannot be seen beforehand.
  'where_exp', 'reject_exp', 'group_by_exp', 'has_exp', 'find_exp', 'find_index_exp',
]; // prettier-ignore

export interface LiquidLimits {
  /** Characters of a template. */
  parse: number;
  /** Milliseconds. */
  time: number;
  /** Characters and list items that it makes on its way. */
  memory: number;
  /** Characters of the result. */
  output: number;
}

export interface LiquidOptions {
  limits: LiquidLimits;
  /** Conditions and `default` may use what is not there. */
  lenientIf?: boolean;
}

export class StrictLiquid {
  readonly liquid: Liquid;
  readonly #output: number;

  constructor({ limits, lenientIf = false }: LiquidOptions) {
    this.liquid = new Liquid({
      strictVariables: true,
      strictFilters: true,
      ownPropertyOnly: true,
      catchAllErrors: true,
      lenientIf,
      templates: {},
      parseLimit: limits.parse,
      renderLimit: limits.time,
      memoryLimit: limits.memory,
    });
    for (const tag of NO_TAGS) delete this.liquid.tags[tag];
    for (const filter of NO_FILTERS) delete this.liquid.filters[filter];
    this.#output = limits.output;
  }

  /** @throws what {@link liquidMistakes} explains */
  parse(text: string): Template[] {
    return this.liquid.parse(text);
  }

  /** @throws what {@link liquidMistakes} explains */
  render(templates: Template[], scope: object): string {
    const context = new Context(scope, this.liquid.options, {}, { liquid: this.liquid });
    const emitter = new Limited(this.#output);
    toValueSync(this.liquid.renderer.renderTemplates(templates, context, emitter));
    return emitter.buffer;
  }
}

class Limited implements Emitter {
  buffer = '';
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  write(value: unknown): void {
    const text = asText(value);
    if (this.buffer.length + text.length > this.#limit) throw new Error('output limit exceeded');
    this.buffer += text;
  }
}

/** As LiquidJS writes values; but what would be "[object Object]" is a mistake. */
function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(asText).join('');
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError(
    'this is a record, not a text; write one of its values, or all of it by the filter json',
  );
}

/** What is wrong with a template. */
export interface LiquidMistake {
  kind: 'variable' | 'limit' | 'wrong';
  message: string;
  /** With `variable`: the one that is not there. */
  name?: string;
  line?: number;
  column?: number;
  cause: unknown;
}

/** Each block collects the errors of what is in it. */
function flat(error: LiquidError & { errors?: LiquidError[] }): LiquidError[] {
  const inner = error.errors ?? (error.originalError as typeof error | undefined)?.errors;
  return inner?.flatMap(flat) ?? [error];
}

/** All mistakes that an exception of {@link StrictLiquid} tells. */
export function liquidMistakes(error: unknown): LiquidMistake[] {
  return flat(error as LiquidError).map((one) => {
    // Without LiquidJS's own ", line:1, col:2".
    const message = (one.originalError?.message ?? one.message).replace(
      /(, file:.*)?, line:\d+, col:\d+$/s,
      '',
    );
    const [line, column] = one.token?.getPosition() ?? [];
    const name = /^undefined variable: (.*)$/s.exec(message)?.[1];
    const limit = /limit exceeded|Invalid string length|call stack/.test(message);
    const kind = name !== undefined ? 'variable' : limit ? 'limit' : 'wrong';
    return { kind, message, name, line, column, cause: one };
  });
}
