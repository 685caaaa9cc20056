import { Catalog } from '../../image/catalog.ts';
import { imageResize } from '../../operations/image/resize.ts';
import { checkSize } from '../../parameters/check.ts';
import { chooseSystem } from '../images.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';
import { problem } from '../validate.ts';

interface Answers {
  image: string;
  size: string;
}

const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** Livenet, 4. Whether the content fits is looked at first; the generation that was stays. */
export async function resizeImage(session: Session): Promise<void> {
  await withRetry<Answers | undefined>(
    session,
    async (earlier) => await ask(session, earlier),
    async (answers) => {
      if (!answers) return;
      const { generation: g, size } = await session.call(imageResize, answers);
      const before = size.before === null ? 'no limit' : mib(size.before);
      session.done(
        `${g.name}:${g.generation} has ${mib(size.now)}, it had ${before}; ${mib(size.used)} are used`,
      );
      session.same('image', 'resize', answers.image, answers.size);
    },
  );
}

async function ask(session: Session, earlier?: Answers): Promise<Answers | undefined> {
  const chosen = await chooseSystem(session, 'Select the image to resize:', earlier?.image);
  if (!chosen) return undefined;
  const { config } = await (await Catalog.open(session.installation.paths)).resolve(chosen.name);
  const now = config.size === undefined ? 'It has no limit now.' : `It has ${mib(config.size)} now.`;
  const size = await session.ask.text({
    message: 'Enter the new size:',
    initial: earlier?.size,
    help: `${now} 100M to 50000M (a bare number is MiB), 1.5G, or auto for the least that fits.`,
    validate: (text) => problem(() => checkSize(text)),
  });
  return { image: chosen.name, size: checkSize(size) };
}
