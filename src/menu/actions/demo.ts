import { Catalog } from '../../image/catalog.ts';
import { corruptDemo, isDemo } from '../../image/corrupt.ts';
import type { DemoAnswers } from '../../parameters/answers.ts';
import { make } from '../create.ts';
import { askNewName, chooseImage } from '../images.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

export async function createDemo(session: Session): Promise<void> {
  await withRetry<DemoAnswers>(
    session,
    async (earlier) => ({
      kind: 'demo',
      name: await askNewName(session, 'Enter the name of the demo image:', earlier?.name),
      message: await session.ask.text({
        message: 'Enter my_message, which the image says:',
        initial: earlier?.message ?? 'Hello world',
      }),
    }),
    async (answers) => await make(session, answers),
  );
}

export async function corruptDemoImage(session: Session): Promise<void> {
  const chosen = await chooseImage(session, 'Select the demo image to corrupt:', {
    only: isDemo,
    none: 'There is no demo image to corrupt: the entry above makes one.',
  });
  if (!chosen) return;
  const { name, state } = await session.work(
    async ({ installation }) => await corruptDemo(await Catalog.open(installation.paths), chosen.name),
  );
  session.done(`${name} is ${state} now: the next entry, such as the list, cleans it`);
  session.same('demo', 'corrupt', name);
}
