/** Questions on a terminal. */
import { CANCEL_SYMBOL, PasswordPrompt } from '@clack/core';
import { Back, type Asker, type ListQuestion, type TextQuestion } from '../prompts.ts';
import { ChoicePrompt, type ChoiceScreen } from './choice-prompt.ts';
import { WordsPrompt } from './words-prompt.ts';
import { answered, field, indented, question, withCursor } from './frame.ts';

/** @param screen `signal` is asked for anew at each question */
export function terminalAsker(screen: () => ChoiceScreen): Asker {
  const asker: Asker = {
    async choose(asked) {
      const at = taken(await new ChoicePrompt(asked as ListQuestion<unknown>, screen()).prompt());
      const choice = asked.choices[at];
      if (!choice) throw new RangeError(`no choice ${at}`);
      return choice.value;
    },
    text: async (asked) => await line(asked, screen()),
    async secret(message) {
      for (let wrong: string | undefined; ; wrong = 'They differ; type it twice the same.') {
        const first = await hidden(message, screen(), wrong);
        if (first === (await hidden('Once more:', screen()))) return first;
      }
    },
    async confirm(message, initial = false) {
      const answer = await line(
        {
          message: `${message} (yes/no, Enter: ${initial ? 'yes' : 'no'})`,
          validate: (text) => (/^(y|yes|n|no|)$/i.test(text) ? undefined : 'Answer yes or no.'),
        },
        screen(),
        initial ? 'yes' : 'no',
      );
      return answer === '' ? initial : /^y/i.test(answer);
    },
  };
  return asker;
}

async function line(asked: TextQuestion, screen: ChoiceScreen, empty = ''): Promise<string> {
  const { style, size, input, output, signal } = screen;
  const prompt: WordsPrompt = new WordsPrompt(
    {
      input,
      output,
      signal,
      initialUserInput: asked.initial,
      validate: (value) => asked.validate?.((value ?? '').trim()),
      render() {
        if (this.state === 'submit') return answered(asked.message, this.userInput.trim() || empty, style);
        if (this.state === 'cancel') return question(asked.message, style);
        const help = asked.help ? indented(asked.help, size().columns).map((one) => style.dim(one)) : [];
        const typed = withCursor(this.userInput, this.cursor);
        const found = prompt.found.map((word) => `      ${style.dim(word)}`);
        const error = this.state === 'error' ? this.error : undefined;
        const answering = field(typed, style, size().columns, error);
        return [question(asked.message, style), ...help, ...found, answering].join('\n');
      },
    },
    asked.words,
  );
  return taken(await prompt.prompt()).trim();
}

async function hidden(message: string, screen: ChoiceScreen, wrong?: string): Promise<string> {
  const { style, size, input, output, signal } = screen;
  let before = wrong;
  const answer = await new PasswordPrompt({
    input,
    output,
    signal,
    validate: (value) => (value ? undefined : 'It must not be empty.'),
    render() {
      // Nothing at all is shown of it, its length neither.
      if (this.state === 'submit') return answered(message, style.dim('(not shown)'), style);
      if (this.state === 'cancel') return question(message, style);
      if (this.userInput !== '') before = undefined;
      const error = this.state === 'error' ? this.error : before;
      return [
        question(message, style),
        field(`${style.dim('(not shown)')} ${withCursor('', 0)}`, style, size().columns, error),
      ].join('\n');
    },
  }).prompt();
  return taken(answer);
}

/** @throws Back where nothing was answered */
function taken<T extends string | number>(answer: T | undefined | typeof CANCEL_SYMBOL): T {
  if (answer === undefined || answer === CANCEL_SYMBOL) throw new Back();
  return answer;
}
