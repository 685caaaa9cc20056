/** Places in an expression, for errors. */
import type { ErrorContext } from '../system/errors.ts';

export interface Read {
  text: string;
  /** Where the expression was read. */
  file: string;
  line?: number;
}

/** Characters shown before and behind a place. */
const BEFORE = 40;
const BEHIND = 32;

/** The place `at` (from 0) with the text around it. */
export function placeIn({ text, file, line }: Read, at: number): ErrorContext {
  const start = at > BEFORE ? at - BEFORE : 0;
  const end = at + BEHIND;
  const cut = start > 0 ? '…' : '';
  const excerpt = {
    text: cut + text.slice(start, end) + (end < text.length ? '…' : ''),
    at: cut.length + at - start,
  };
  return { where: { file, ...(line !== undefined && { line }), column: at + 1, excerpt } };
}

/** What was written, shortened for a message. */
export function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
