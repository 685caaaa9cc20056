/** What is asked for every image with a system in it, livenet or staging. Each answer is checked at once. */
import { checkPackages, checkPassword, checkRelease } from '../parameters/check.ts';
import { hostRelease } from '../parameters/host-release.ts';
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

/** Names between blanks or commas. @throws Back */
export async function askPackages(session: Session, earlier: readonly string[] = []): Promise<string[]> {
  const answer = await session.ask.text({
    message: 'Additional packages (Enter: none):',
    initial: earlier.join(' '),
    help: 'Names or @groups, with blanks between them.',
    validate: (text) => problem(() => checkPackages(names(text))),
  });
  return checkPackages(names(answer));
}

const names = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** The release; nothing: that of this host, where it has one. @throws Back */
export async function askRelease(session: Session, earlier?: string): Promise<string | undefined> {
  const host = await hostRelease().catch(() => undefined);
  const answer = await session.ask.text({
    message: `Release version${host === undefined ? '' : ` (Enter: ${host}, as this host)`}:`,
    initial: earlier,
    help: 'Such as 9 or 9.4: $releasever of the repositories.',
    validate: (text) =>
      text === ''
        ? host === undefined
          ? 'This host is none whose release could be taken: say which.'
          : undefined
        : problem(() => checkRelease(text)),
  });
  return answer === '' ? undefined : answer;
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
