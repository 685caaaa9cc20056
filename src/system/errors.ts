/**
 * The error registry's mechanism. Each room declares its errors once with
 * {@link defineErrors}; `docs/reference/errors.md` is generated from the same table.
 */

/** Where in an input a problem stands. Lines and columns count from 1. */
export interface Place {
  file: string;
  line?: number;
  column?: number;
  /** What stands there, for inputs that are no files, and where in it (from 0) the column is. */
  excerpt?: { text: string; at: number };
}

/** One entry of the registry. `{name}` in a text is a parameter. */
export interface ErrorText {
  /** What happened. */
  what: string;
  /** Why that is a problem, or what usually causes it. */
  why: string;
  /** What the user can do. */
  todo: string;
  /** Exit code of the command line: 1 failed (default), 2 wrong usage. */
  exit?: 1 | 2;
}

type Names<T extends string> = T extends `${string}{${infer P}}${infer R}` ? P | Names<R> : never;
type Params<E extends ErrorText> = Record<
  Names<E['what']> | Names<E['why']> | Names<E['todo']>,
  string | number
>;

export interface ErrorContext {
  where?: Place;
  /** Last output of the tool that failed. */
  output?: string;
  cause?: unknown;
  /** Further problems found in the same pass, such as all mistakes of one recipe. */
  also?: SlipwayError[];
}

/** Every error that Slipway raises on purpose. `code` is `room/name` and stable. */
export class SlipwayError extends Error {
  override readonly name = 'SlipwayError';
  readonly code: string;
  readonly why: string;
  readonly todo: string;
  readonly exit: 1 | 2;
  readonly where?: Place;
  readonly output?: string;
  readonly also: SlipwayError[];

  constructor(code: string, text: ErrorText, context: ErrorContext = {}) {
    super(text.what, { cause: context.cause });
    this.code = code;
    this.why = text.why;
    this.todo = text.todo;
    this.exit = text.exit ?? 1;
    this.where = context.where;
    this.output = context.output;
    this.also = context.also ?? [];
  }
}

/** `file:line:column`, as compilers print it. */
export function placeText(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}

const all = new Map<string, ErrorText>();

/** All declared errors, for the generated docs. Complete once every room was imported. */
export function registeredErrors(): ReadonlyMap<string, ErrorText> {
  return all;
}

/** Declares the errors of one room and returns the function that makes them. */
export function defineErrors<const T extends Record<string, ErrorText>>(room: string, table: T) {
  for (const [name, text] of Object.entries(table)) all.set(`${room}/${name}`, text);
  return function fail<K extends keyof T & string>(
    name: K,
    params: Params<T[K]>,
    context: ErrorContext = {},
  ): SlipwayError {
    const text = table[name] as ErrorText;
    const fill = (s: string) =>
      s.replace(/\{(\w+)\}/g, (whole, key: string) =>
        String((params as Record<string, string | number>)[key] ?? whole),
      );
    return new SlipwayError(
      `${room}/${name}`,
      { what: fill(text.what), why: fill(text.why), todo: fill(text.todo).trimEnd(), exit: text.exit },
      context,
    );
  };
}

/** The same error in another context: what is not given stays as it is. */
export function reworded(error: SlipwayError, context: ErrorContext): SlipwayError {
  const { code, message: what, why, todo, exit, where, output, cause, also } = error;
  return new SlipwayError(code, { what, why, todo, exit }, { where, output, cause, also, ...context });
}

/** Throws the first error with all others in `also`; nothing if there is none. */
export function throwAll(errors: readonly SlipwayError[]): void {
  const [first, ...rest] = errors;
  if (!first) return;
  throw reworded(first, { also: [...first.also, ...rest.flatMap((error) => [error, ...error.also])] });
}
