import { explained } from '../cli/errors.ts';

/** What a check that throws has to say, on lines of their own; nothing if it passes. */
export function problem(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return words(error);
  }
}

/** The same for a check that takes time. */
export async function problemLater(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return words(error);
  }
}

function words(error: unknown): string {
  const { message, why, todo, also } = explained(error);
  return [message, ...also.map((one) => one.message), `${why} ${todo}`].join('\n');
}
