import { confirm, isCancel, password } from '@clack/prompts';
import { fail } from './errors.ts';

/** Asks twice without showing what is typed. @throws SlipwayError `cli/interrupted` if the person gives up */
export async function askSecret(question: string, signal?: AbortSignal): Promise<string> {
  for (;;) {
    const first = await ask(question, signal);
    const second = await ask('Once more', signal);
    if (first === second) return first;
    process.stderr.write('They differ; try again.\n');
  }
}

async function ask(message: string, signal?: AbortSignal): Promise<string> {
  const answer = await password({
    message,
    output: process.stderr,
    signal,
    validate: (value) => (value ? undefined : 'It must not be empty.'),
  });
  if (isCancel(answer)) throw fail('interrupted', { signal: 'at the question' });
  return answer;
}

/** Yes or no; no is what Enter says. @throws SlipwayError `cli/interrupted` if the person gives up */
export async function askWhether(message: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await confirm({ message, initialValue: false, output: process.stderr, signal });
  if (isCancel(answer)) throw fail('interrupted', { signal: 'at the question' });
  return answer;
}
