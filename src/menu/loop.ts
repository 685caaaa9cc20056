import { choices, CTRL_C } from './entries.ts';
import { clean } from './clean.ts';
import { Back } from './prompts.ts';
import { showError } from './retry.ts';
import type { Session } from './session.ts';

export interface Loop {
  /** Before each entry: what Ctrl-C stopped before is over. */
  renew(): void;
  /** Whether the menu itself was asked to end. */
  ended(): boolean;
}

/**
 * Asks for an entry and does it, until somebody leaves: by the last entry, or by Ctrl-C at this
 * question twice, the one that led back to it counted.
 */
export async function mainMenu(session: Session, loop: Loop): Promise<void> {
  let backs = 0;
  while (!loop.ended()) {
    loop.renew();
    let failed: unknown;
    try {
      const { load } = await session.ask.choose({
        message: 'Select an action:',
        choices,
        whole: true,
        footer: CTRL_C,
      });
      if (!load) return;
      backs = 0;
      const action = await load();
      await clean(session)
        .then(async () => await action(session))
        .catch((error: unknown) => (failed = error));
    } catch (error) {
      // A question that cannot even be asked would fail for ever.
      if (!(error instanceof Back)) throw error;
      failed = error;
    }
    if (failed === undefined) continue;
    if (!(failed instanceof Back)) showError(session, failed);
    else if (loop.ended() || ++backs > 1) return;
    else session.say('', ' Back at the main menu; (CTRL + c) once more leaves.');
  }
}
