/**
 * Writing iPXE scripts. How iPXE reads a line (its src/core/exec.c and
 * settings.c): it is cut at white space, there are no quotes; a word beginning
 * with `#` starts a comment; the words `||`, `&&` and `;` end a command; then
 * `${name}` is expanded within each word, again and again until none is left.
 * So a word of printable ASCII stands for itself unless it is one of those; what
 * has no such form is refused rather than changed.
 */
import { fail } from './errors.ts';

/** A word that iPXE shall expand, or an operator between commands: never made from foreign text. */
export interface Verbatim {
  readonly verbatim: string;
}

/** Words of a command line; strings stand for themselves. */
export type Word = string | Verbatim;

/** Text of our own that is written as it is. Call it with literals only. */
export function verbatim(text: string): Verbatim {
  return { verbatim: text };
}

/** `${name}`: expanded by iPXE on the node. */
export function setting(name: string): string {
  return '${' + name + '}';
}

/** A word that iPXE takes for exactly `text`. @throws SlipwayError `boot/ipxe-word` */
export function ipxeWord(text: string): string {
  const reason = unwritable(text);
  if (reason) throw fail('ipxe-word', { word: JSON.stringify(text.slice(0, 200)), reason });
  return text;
}

/** Why iPXE has no form for this word; nothing if it has. */
export function unwritable(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (!/^[\x21-\x7e]+$/.test(text)) return 'it has a blank or something else than printable ASCII';
  if (text.startsWith('#')) return 'it would start a comment';
  if (['||', '&&', ';'].includes(text)) return 'it would end the command';
  if (text.includes('${')) return 'it would be replaced by a setting';
  return undefined;
}

/** One line. */
export function command(...words: Word[]): string {
  return words.map((word) => (typeof word === 'string' ? ipxeWord(word) : word.verbatim)).join(' ');
}

/** A comment or the text of `echo`: everything that could mean something becomes `?`. */
export function plainText(text: string): string {
  return text.replace(/[^\w .,:;/@=()+-]/g, '?').replace(/(?<![^ ]);(?![^ ])/g, '?');
}

/** `echo` with words for people. */
export function echo(text: string): string {
  return `echo ${plainText(text)}`;
}

/** A whole script. */
export function script(...lines: string[]): string {
  return ['#!ipxe', ...lines, ''].join('\n');
}
