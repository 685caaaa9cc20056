/** Candidates for completion. Nothing here may fail loudly: a shell is waiting for a key. */
import { proposeCompletions } from '@stricli/core';
import { buildApp } from './app.ts';
import type { Context } from './context.ts';

/** `candidate TAB description` lines for the words after the program's name. */
export async function completionLines(words: readonly string[], context: Context): Promise<string> {
  const found = await proposeCompletions(buildApp(words, () => {}), words, context);
  return found.map(({ completion, brief }) => `${completion}\t${brief.replace(/\s+/g, ' ')}\n`).join('');
}
