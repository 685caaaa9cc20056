import { explained } from '../cli/errors.ts';
import { errorText } from '../cli/render/error.ts';
import { Back } from './prompts.ts';
import type { Session } from './session.ts';

/** Shows an error as every face does. */
export function showError(session: Session, error: unknown): void {
  session.say('');
  session.surface.write(
    errorText(explained(error), session.style, Math.min(100, session.surface.columns() - 1)),
  );
}

/**
 * Asks, then works. When the work fails, its error is shown, and whoever wants asks again, with the
 * answers of before in the fields.
 * @param ask gets those answers, the first time none
 * @throws Back
 */
export async function withRetry<A>(
  session: Session,
  ask: (earlier: A | undefined) => Promise<A>,
  work: (answers: A) => Promise<void>,
): Promise<void> {
  let earlier: A | undefined;
  for (;;) {
    earlier = await ask(earlier);
    try {
      await work(earlier);
      return;
    } catch (error) {
      if (error instanceof Back) throw error;
      showError(session, error);
      if (!(await session.ask.confirm('Try again with the same answers?', true))) return;
    }
  }
}
