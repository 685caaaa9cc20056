/**
 * What the menu asks, apart from how it is asked: a terminal (terminal/asker.ts),
 * or a script in tests. Whoever answers may go back instead: {@link Back} is thrown then.
 */

/** Ctrl-C, Escape or the end of the input at a question, or Ctrl-C during work: back to the main menu. */
export class Back extends Error {
  override readonly name = 'Back';
}

export interface Choice<T> {
  value: T;
  label: string;
  /** Shown behind the label. */
  hint?: string;
  /** A line above this choice and those that follow; empty: a blank line. */
  heading?: string;
}

export interface ListQuestion<T> {
  message: string;
  choices: readonly Choice<T>[];
  /** The choice that Enter takes at first. */
  initial?: T;
  /** All choices stay in sight while somebody types; otherwise those that do not match go. */
  whole?: boolean;
  /** Lines between the choices and the question. */
  footer?: string;
}

export interface TextQuestion {
  message: string;
  /** What stands in the field at first. */
  initial?: string;
  /** One line below the question: what may be given. */
  help?: string;
  /** Words that may be meant: those like the one that is typed are shown, and Tab takes the first. */
  words?: readonly string[];
  /** What is wrong with an answer; nothing: it is taken. Asked at Enter. */
  validate?: (answer: string) => string | undefined;
}

export interface Asker {
  /** One of a list: by arrows, by its number, or by a part of its text. @throws Back */
  choose<T>(question: ListQuestion<T>): Promise<T>;
  /** A line of text, without blanks at its ends. @throws Back */
  text(question: TextQuestion): Promise<string>;
  /** Asked twice, shown never. @throws Back */
  secret(message: string): Promise<string>;
  /** Yes or no. @param initial what Enter says; default no @throws Back */
  confirm(message: string, initial?: boolean): Promise<boolean>;
}
