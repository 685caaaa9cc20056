import { Catalog } from '../../image/catalog.ts';
import { imageSetKernel } from '../../operations/image/set-kernel.ts';
import { chooseSystem } from '../images.ts';
import { chooseKernel } from '../kernels.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

interface Answers {
  image: string;
  kernel: string;
}

/** Entry 6. */
export async function setKernel(session: Session): Promise<void> {
  await withRetry<Answers | undefined>(
    session,
    async (earlier) => await ask(session, earlier),
    async (answers) => {
      if (!answers) return;
      const set = await session.call(imageSetKernel, answers);
      const image = `${set.image.name}:${set.image.generation}`;
      if (!set.changed) return session.done(`${image} has this kernel already`);
      const before = set.before === null ? '' : ` instead of vmlinuz-${set.before}`;
      session.done(`${image} boots vmlinuz-${set.after}${before}`);
      session.same('image', 'set-kernel', answers.image, answers.kernel);
    },
  );
}

async function ask(session: Session, earlier?: Answers): Promise<Answers | undefined> {
  const chosen = await chooseSystem(session, 'Select the image:', earlier?.image);
  if (!chosen) return undefined;
  const catalog = await Catalog.open(session.installation.paths);
  const { config } = await catalog.resolve(chosen.name);
  const now = config.kernel?.version;
  if (now !== undefined) session.tell(`${chosen.name} boots vmlinuz-${now} now.`);
  const kernel = await chooseKernel(session, 'Select the new kernel:', {
    initial: earlier?.kernel ?? now,
    image: config,
  });
  return kernel === undefined ? undefined : { image: chosen.name, kernel };
}
