import { imageClone } from '../../operations/image/clone.ts';
import { askNewName, chooseImage } from '../images.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

/** Entry 4. */
export async function cloneImage(session: Session): Promise<void> {
  await withRetry<{ image: string; name: string } | undefined>(
    session,
    async (earlier) => {
      const chosen = await chooseImage(session, 'Select the image to clone:', { initial: earlier?.image });
      if (!chosen) return undefined;
      return {
        image: chosen.name,
        name: await askNewName(session, 'Name of the new image:', earlier?.name),
      };
    },
    async (answers) => {
      if (!answers) return;
      const { name, generation, digest } = await session.call(imageClone, answers);
      session.done(
        `${name}:${generation} is a clone of ${answers.image}: the same blobs, ${digest.slice(7, 19)}`,
      );
      session.same('image', 'clone', answers.image, answers.name);
    },
  );
}
