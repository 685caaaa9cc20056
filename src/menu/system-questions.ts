/** What is asked for every image with a system in it, livenet or staging. Each answer is checked at once. */
import { checkPackages, checkPassword, checkRelease } from '../parameters/check.ts';
import type { Work } from '../cli/context.ts';
import { hostRelease } from '../parameters/host-release.ts';
import { availablePackages, missingPackages } from '../parameters/packages.ts';
import { SlipwayError } from '../system/errors.ts';
import { showError } from './retry.ts';
import type { Session } from './session.ts';
import { problem } from './validate.ts';

/** The password of root, or the one of before. @throws Back */
export async function askPassword(session: Session, earlier: string | undefined): Promise<string> {
  if (earlier !== undefined && (await session.ask.confirm('Keep the password of before?', true)))
    return earlier;
  for (;;) {
    const password = await session.ask.secret('Enter the password of root:');
    const wrong = problem(() => checkPassword(password));
    if (wrong === undefined) return password;
    session.tell(wrong);
  }
}

/**
 * Names between blanks or commas, each of which exists in the release: all that do not are told at once.
 * Where the repositories cannot be asked that is told, and the build will look.
 * @throws Back
 */
export async function askPackages(
  session: Session,
  release: string,
  earlier: readonly string[] = [],
): Promise<string[]> {
  const words = await askRepositories(
    session,
    async (work) => await availablePackages(session.installation, release, work),
  );
  const known = new Set(words);
  for (let typed = earlier; ;) {
    const answer = await session.ask.text({
      message: 'Additional packages (empty: none):',
      initial: typed.join(' '),
      help: `Names or @groups, with blanks between them.${words ? ' Tab completes.' : ''}`,
      words,
      validate: (text) => problem(() => checkPackages(names(text))),
    });
    const packages = checkPackages(names(answer));
    const odd = packages.filter((name) => !known.has(name));
    if (!words || odd.length === 0) return packages;
    const missing = await askRepositories(
      session,
      async (work) => await missingPackages(session.installation, release, odd, work),
    );
    if (!missing || missing.length === 0) return packages;
    for (const { name, near } of missing)
      session.tell(
        session.style.red(
          `Package '${name}' not available, try again.${near ? ` Did you mean ${near}?` : ''}`,
        ),
      );
    typed = packages;
  }
}

/** What repositories say; nothing, and the reason shown, where they cannot be asked. @throws Back */
async function askRepositories<T>(session: Session, ask: (work: Work) => Promise<T>): Promise<T | undefined> {
  try {
    return await session.work(ask);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    showError(session, error);
    session.tell('Names of packages cannot be checked now.');
    return undefined;
  }
}

const names = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** The release, which decides which packages there are. @throws Back */
export async function askRelease(session: Session, earlier?: string): Promise<string> {
  const host = await hostRelease().catch(() => undefined);
  return await session.ask.text({
    message: 'Release version:',
    initial: earlier ?? host,
    help: `Such as 9 or 9.4: $releasever of the repositories.${host === undefined ? '' : ` This host has ${host}.`}`,
    validate: (text) => problem(() => checkRelease(text)),
  });
}

/** Shows what will be made, and asks. @throws Back */
export async function confirmed(
  session: Session,
  summary: readonly (readonly [string, string | undefined])[],
): Promise<boolean> {
  session.say('', `   ${session.style.bold('To be made:')}`);
  const shown = summary.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '');
  const widest = Math.max(...shown.map(([key]) => key.length));
  for (const [key, value] of shown) session.say(`     ${session.style.dim(key.padEnd(widest))}  ${value}`);
  return await session.ask.confirm('Make this image?', true);
}
