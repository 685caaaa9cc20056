import { choices, CTRL_C } from './entries.ts';
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
    try {
      const entry = await session.ask.choose({
        message: 'Select an action:',
        choices,
        whole: true,
        footer: CTRL_C,
      });
      backs = 0;
      if (!entry.load) return;
      await (
        await entry.load()
      )(session);
    } catch (error) {
      if (!(error instanceof Back)) {
        showError(session, error);
        continue;
      }
      if (loop.ended() || ++backs > 1) return;
      session.say('', ' Back at the main menu; (CTRL + c) once more leaves.');
    }
  }
}
