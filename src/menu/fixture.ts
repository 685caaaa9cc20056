/** A session for tests: answers come from a script, and what is written is kept. */
import { styleFor } from '../cli/render/style.ts';
import { loadInstallation } from '../system/config.ts';
import type { SlipwayEvent } from '../system/events.ts';
import { Back, type Asker } from './prompts.ts';
import { Session } from './session.ts';
import { matching } from './terminal/match.ts';

/** `[part of the question, answer]`; what to type, or `BACK`. */
export type Step = readonly [asked: string, answer: string];
export const BACK = '\u0003';

export interface Scripted extends Asker {
  /** Questions as they were asked, with what was wrong with answers. */
  asked: string[];
  /** What is left of the script: empty when all was asked. */
  left: Step[];
}

/** Answers each question by the next step, which must be about it. A wrong answer takes the next step for the same question. */
function scriptedAsker(script: readonly Step[]): Scripted {
  const left = [...script];
  const asked: string[] = [];
  const next = (message: string): string => {
    asked.push(message);
    const [step] = left;
    if (!step || !message.includes(step[0]))
      throw new Error(`asked ${JSON.stringify(message)}, the script has ${JSON.stringify(step)}`);
    left.shift();
    if (step[1] === BACK) throw new Back();
    return step[1];
  };
  return {
    asked,
    left,
    async choose({ message, choices, initial }) {
      const typed = await Promise.resolve(next(message));
      const rows = choices.map(({ label, hint }, i) => ({ number: i + 1, text: label, hint }));
      const at = typed === '' ? choices.findIndex(({ value }) => value === initial) : (matching(rows, typed)[0]?.number ?? 0) - 1; // prettier-ignore
      const choice = choices[at];
      if (!choice) throw new Error(`${message} has no ${JSON.stringify(typed)} among ${rows.map(({ text }) => text).join(' / ')}`); // prettier-ignore
      asked.push(`= ${choice.label}`);
      return choice.value;
    },
    async text({ message, initial, validate }) {
      for (;;) {
        const typed = await Promise.resolve(next(message));
        // Enter takes what stands in the field.
        const answer = (typed === '' ? (initial ?? '') : typed).trim();
        const wrong = validate?.(answer);
        if (wrong === undefined) return answer;
        asked.push(`! ${wrong}`);
      }
    },
    secret: async (message) => await Promise.resolve(next(message)),
    async confirm(message, initial = false) {
      const typed = await Promise.resolve(next(message));
      return typed === '' ? initial : typed.startsWith('y');
    },
  };
}

export interface TestSession {
  session: Session;
  ask: Scripted;
  events: SlipwayEvent[];
  /** All that was written. */
  text(): string;
}

export function testSession(root: string, script: readonly Step[], signal?: () => AbortSignal): TestSession {
  const ask = scriptedAsker(script);
  const events: SlipwayEvent[] = [];
  let written = '';
  const never = new AbortController().signal;
  const session = new Session(loadInstallation(root), {
    ask,
    style: styleFor({ isTTY: false, env: { LANG: 'C.UTF-8' } }),
    columns: () => 90,
    write: (text) => void (written += text),
    renderer: () => ({ sink: (event) => void events.push(event), close() {} }),
    hush: () => ({ [Symbol.dispose]() {} }),
    signal: signal ?? (() => never),
  });
  return { session, ask, events, text: () => written };
}
