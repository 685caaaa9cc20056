/** One operand: a name or group with its brackets. */
import { closest } from '../system/closest.ts';
import { reworded, SlipwayError } from '../system/errors.ts';
import { checkName, NAME } from '../system/names.ts';
import { fail } from './errors.ts';
import { SOURCES, type Operand, type Piece, type Range, type Source } from './expression.ts';
import { placeIn, shown, type Read } from './place.ts';
import { countOf, parseRanges } from './ranges.ts';

/** Ends a word outside brackets. */
const END = /[\s,!&^]/;
/** Names of groups, in all sources but these two. */
const GROUP = /^[a-z0-9][a-z0-9._-]{0,199}$/;
const REFERENCE = /^[a-z0-9][a-z0-9._:-]{0,199}$/;
const TAG = /^[a-z0-9][a-z0-9._-]*(=[A-Za-z0-9._:/+=-]*)?$/;
const FORMS: Record<Source, string> = {
  group: '@rack1 or @group:rack1',
  profile: '@profile:compute',
  tag: '@tag:rack or @tag:rack=r1',
  image: '@image:compute or @image:compute:7',
  mode: '@mode:ram',
  arch: '@arch:amd64',
};
/** Characters of a name that an error repeats; more than any name may have. */
const MOST_SHOWN = 256;

type Word = Pick<Operand, 'kind' | 'source' | 'pieces' | 'count'>;

/** Reads the word that begins at `start`. Also tells where it ends. */
export function readWord(read: Read, start: number): { word: Word; end: number } {
  const { pieces, end } = readPieces(read, start);
  const word: Word = { kind: 'names', source: 'group', pieces, count: 1 };
  if (read.text[start] === '@') groupOf(read, start, end, word);
  else nameOf(read, start, word);
  for (const piece of pieces) if (typeof piece !== 'string') word.count *= countOf(piece);
  return { word, end };
}

function readPieces(read: Read, start: number): { pieces: Piece[]; end: number } {
  const { text } = read;
  const bad = (at: number, problem: string, todo: string) =>
    fail('bracket', { problem, todo }, placeIn(read, at));
  const pieces: Piece[] = [];
  let at = start;
  let literal = '';
  for (; at < text.length && !END.test(text.charAt(at)); at++) {
    const character = text.charAt(at);
    if (character === ']') throw bad(at, 'A ] has no [ before it', 'Remove it, or write the [.');
    if (character !== '[') {
      literal += character;
      continue;
    }
    const close = text.indexOf(']', at);
    if (close < 0) throw bad(at, 'A [ is not closed', 'Write the ] behind the last number.');
    const inner = text.indexOf('[', at + 1);
    if (inner >= 0 && inner < close)
      throw bad(inner, 'A [ stands within [ ]', 'Close the first bracket before the next.');
    if (literal === '' && pieces.length > 0)
      throw bad(at, 'A [ stands directly behind ]', 'Write what is between the numbers: n[1-2]-[3-4].');
    const inside = at + 1;
    const ranges = parseRanges(text.slice(inside, close), (offset, range, problem, todo) =>
      fail('range', { range: JSON.stringify(shown(range)), problem, todo }, placeIn(read, inside + offset)),
    );
    if (/\d$/.test(literal) && new Set(ranges.flatMap(widths)).size > 1)
      throw fail('leading-digits', { text: shown(text.slice(start, close + 1)) }, placeIn(read, start));
    if (literal !== '') pieces.push(literal);
    pieces.push(ranges);
    literal = '';
    at = close;
  }
  if (literal !== '') pieces.push(literal);
  return { pieces, end: at };
}

const width = (range: Range, number: bigint) => Math.max(range.width, String(number).length);
const widths = (range: Range) => [width(range, range.first), width(range, range.last)];

/** The longest text that pieces stand for: if it is valid, all are. */
function longest(pieces: readonly Piece[]): string {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else {
      const numbers = piece.map((range) => String(range.last).padStart(range.width, '0'));
      text += numbers.reduce((a, b) => (b.length > a.length ? b : a));
    }
    if (text.length > MOST_SHOWN) break;
  }
  return text.slice(0, MOST_SHOWN);
}

function nameOf(read: Read, start: number, word: Word): void {
  const name = longest(word.pieces);
  if (/[*?]/.test(name)) word.kind = 'wildcard';
  if (NAME.test(name.replaceAll(/[*?]/g, 'x'))) return;
  try {
    checkName('Node', name);
  } catch (error) {
    throw error instanceof SlipwayError ? reworded(error, placeIn(read, start)) : error;
  }
}

function groupOf(read: Read, start: number, end: number, word: Word): void {
  const group = shown(read.text.slice(start, end));
  const bad = (todo: string) => fail('group', { group, todo }, placeIn(read, start));
  const [first = '', ...rest] = word.pieces;
  let head = typeof first === 'string' ? first.slice(1) : '';
  if (head === '*' && rest.length === 0) {
    word.kind = 'all';
    word.pieces = [];
    return;
  }
  word.kind = 'group';
  const colon = head.indexOf(':');
  if (colon >= 0) {
    word.source = sourceOf(read, start, group, head.slice(0, colon));
    head = head.slice(colon + 1);
  }
  word.pieces = head === '' ? rest : [head, ...rest];
  const name = longest(word.pieces);
  if (name === '*') return;
  if (name === '') throw bad('Write its name behind the @.');
  if (/[*?]/.test(name)) throw bad('Names of groups are written in full; * alone means all.');
  const form = word.source === 'image' ? REFERENCE : word.source === 'tag' ? TAG : GROUP;
  if (!form.test(name)) throw bad(`Write ${FORMS[word.source]}; names have a-z 0-9 . _ -.`);
}

function sourceOf(read: Read, start: number, group: string, name: string): Source {
  const source = SOURCES.find((one) => one === name);
  if (source) return source;
  const near = closest(name, SOURCES);
  throw fail(
    'unknown-source',
    {
      group,
      source: JSON.stringify(shown(name)),
      known: SOURCES.join(', '),
      near: near ? `Did you mean @${near}:? ` : '',
    },
    placeIn(read, start),
  );
}
