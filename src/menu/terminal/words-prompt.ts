/** A line of text with words to choose from: those like the last one are shown, Tab takes the first. */
import { TextPrompt } from '@clack/core';
import { completions, lastWord } from './match.ts';

/** Words shown at a time. */
const MOST = 5;

export class WordsPrompt extends TextPrompt {
  readonly #words: readonly string[];

  constructor(options: ConstructorParameters<typeof TextPrompt>[0], words: readonly string[] = []) {
    super(options);
    this.#words = words;
    this.on('key', (_, key) => {
      const [first] = this.found;
      if (key.name !== 'tab' || first === undefined) return;
      const whole = this.userInput;
      this._clearUserInput();
      this._setUserInput(`${whole.slice(0, whole.length - lastWord(whole).length)}${first} `, true);
    });
  }

  /** What Tab would take first, and others. */
  get found(): string[] {
    return this.cursor < this.userInput.length ? [] : completions(this.#words, this.userInput, MOST);
  }
}
