/** Parsed YAML that still knows where everything stands. */
import {
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { defineErrors, throwAll, type Place, type SlipwayError } from './errors.ts';

const fail = defineErrors('yaml', {
  syntax: {
    what: 'Not valid YAML: {message}',
    why: 'The file could not be read as YAML 1.2.',
    todo: 'Mend the line; indentation must be spaces.',
    exit: 2,
  },
});

/** Nobody reads more mistakes than this at once. */
export const MOST_ERRORS = 100;

/** A parsed document that still knows where everything stands. */
export interface SourceDocument {
  file: string;
  document: Document.Parsed;
  lines: LineCounter;
  value: unknown;
  /** Parts of `value` that came from elsewhere, such as `--set`; later ones hide earlier ones. */
  overrides?: readonly { path: readonly PropertyKey[]; place: Place }[];
}

/** Parses without a schema. @throws SlipwayError `yaml/syntax` with all syntax errors */
export function parseYaml(text: string, file: string): SourceDocument {
  const { document, lines } = parseNodes(text, file);
  let value: unknown;
  try {
    // Refuses aliases that would grow to far more than they are.
    value = document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    throw syntaxError((cause as Error).message, { file }, cause);
  }
  return { file, document, lines, value };
}

/** The first half of {@link parseYaml}: nodes, no values. @throws SlipwayError `yaml/syntax` with all syntax errors */
export function parseNodes(text: string, file: string): Pick<SourceDocument, 'document' | 'lines'> {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    // Its own look for keys that stand twice compares each with each: minutes for 100,000 nodes.
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  } catch (cause) {
    // The parser recurses: thousands of brackets end its stack.
    if (!(cause instanceof RangeError)) throw cause;
    throw syntaxError('nested too deeply', { file, line: 1, column: 1 }, cause);
  }
  const wrong = (message: string, offset: number) => {
    const at = lines.linePos(offset);
    return syntaxError(message, { file, line: at.line, column: at.col });
  };
  // Warnings are tags and directives that would be ignored silently.
  throwAll(
    [...document.errors, ...document.warnings]
      .slice(0, MOST_ERRORS)
      .map((e) => wrong(/call stack/.test(e.message) ? 'nested too deeply' : e.message, e.pos[0])),
  );
  const twins = offsetsOfTwins(document).slice(0, MOST_ERRORS);
  throwAll(twins.map((offset) => wrong('Map keys must be unique', offset)));
  return { document, lines };
}

/** `yaml/syntax` */
export function syntaxError(message: string, where: Place, cause?: unknown): SlipwayError {
  return fail('syntax', { message }, { where, cause });
}

/** Where keys begin that their map has already. */
function offsetsOfTwins(document: Document.Parsed): number[] {
  const found: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) found.push(key.range?.[0] ?? 0);
        keys.add(key.value);
      }
    },
  });
  return found;
}

/** Where the value (or, with `key`, the key) at `path` stands. Falls back to the nearest parent. */
export function placeOf(source: SourceDocument, path: readonly PropertyKey[], key = false): Place {
  const override = source.overrides?.findLast((o) =>
    o.path.every((part, i) => String(part) === String(path[i])),
  );
  if (override) return override.place;
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length) as (string | number)[];
    const node = source.document.getIn(part, true) as Node | undefined;
    const holder = source.document.getIn(part.slice(0, -1), true);
    const pair = isMap(holder)
      ? holder.items.find((p) => isScalar(p.key) && String(p.key.value) === String(part.at(-1)))
      : undefined;
    const chosen =
      key && length === path.length ? ((pair as Pair<Node> | undefined)?.key ?? node) : (node ?? undefined);
    const range = chosen?.range ?? (pair as Pair<Node> | undefined)?.key.range;
    if (range) {
      const at = source.lines.linePos(range[0]);
      return { file: source.file, line: at.line, column: at.col };
    }
  }
  return { file: source.file, line: 1, column: 1 };
}
