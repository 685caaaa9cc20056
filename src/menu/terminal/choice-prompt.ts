/** A list on the terminal: arrows, a number, or a part of the text, then Enter. The keys are Clack's. */
import { Prompt } from '@clack/core';
import type { Style } from '../../cli/render/style.ts';
import { oneLine } from '../../cli/render/text.ts';
import type { ListQuestion } from '../prompts.ts';
import { answered, field, listLines, question, withCursor, type Row } from './frame.ts';
import { matching } from './match.ts';

export interface ChoiceScreen {
  style: Style;
  size: () => { columns: number; rows: number };
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  signal?: AbortSignal;
}

/** Its value is the place of the chosen entry in `choices`; undefined while nothing matches. */
export class ChoicePrompt<T> extends Prompt<number> {
  readonly #all: Row<T>[];
  #shown: Row<T>[];
  #at: number;

  constructor(asked: ListQuestion<T>, screen: ChoiceScreen) {
    const many = asked.choices.length;
    super({
      input: screen.input,
      output: screen.output,
      signal: screen.signal,
      render: () => this.#frame(asked, screen),
      validate: (value) =>
        value === undefined
          ? `${JSON.stringify(oneLine(this.userInput))} is none of them: type a number from 1 to ${many}, or a part of the text`
          : undefined,
    });
    this.#all = asked.choices.map((choice, i) => ({
      number: i + 1,
      text: choice.label,
      hint: choice.hint,
      choice,
    }));
    this.#shown = this.#all;
    this.#at = Math.max(
      0,
      asked.choices.findIndex(({ value }) => value === asked.initial),
    );
    this.on('userInput', (typed) => {
      if (this.state === 'initial') return;
      const found = matching(this.#all, typed);
      if (typed.trim() === '' && this.#shown.length === this.#all.length) return;
      const before = this.#shown[this.#at];
      this.#shown = asked.whole ? this.#all : found;
      const next = typed.trim() === '' ? before : found[0];
      this.#at = next ? this.#shown.indexOf(next) : -1;
    });
    this.on('key', (_, key) => this.#move(key.name ?? '', screen.size().rows));
  }

  #move(key: string, rows: number): void {
    const [last, page] = [this.#shown.length - 1, Math.max(1, rows - 6)];
    const to: Record<string, number> = {
      up: this.#at <= 0 ? last : this.#at - 1,
      down: this.#at >= last ? 0 : this.#at + 1,
      pageup: Math.max(0, this.#at - page),
      pagedown: Math.min(last, this.#at + page),
    };
    this.#at = to[key] ?? this.#at;
    const row = this.#shown[this.#at];
    this.value = row && row.number - 1;
  }

  #frame(asked: ListQuestion<T>, { style, size }: ChoiceScreen): string {
    const { columns, rows } = size();
    const chosen = this.#shown[this.#at];
    if (this.state === 'submit')
      return answered(asked.message, chosen ? `${chosen.number} - ${chosen.choice.label}` : '', style);
    if (this.state === 'cancel') return question(asked.message, style);
    const footer = asked.footer === undefined ? [] : ['', `  ${style.dim(asked.footer)}`];
    const lines = listLines(this.#shown, this.#at, style, columns, Math.max(3, rows - 7 - footer.length));
    if (lines.length === 0) lines.push(`     ${style.dim('nothing matches')}`);
    const typed = withCursor(oneLine(this.userInput), this._cursor);
    const error = this.state === 'error' ? this.error : undefined;
    const asking = [question(asked.message, style), field(typed, style, columns, error)];
    return ['', ...lines, ...footer, '', ...asking].join('\n');
  }
}
