import { imageRemove } from '../../operations/image/remove.ts';
import type { Generation } from '../../image/types.ts';
import { chooseImage } from '../images.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

/** Entry 3. What a node is assigned to, what is mounted or being built is refused by the work itself. */
export async function remove(session: Session): Promise<void> {
  await withRetry<string | undefined>(
    session,
    async (earlier) => {
      const chosen = await chooseImage(session, 'Select the image to remove:', {
        initial: earlier?.split(':')[0],
      });
      if (!chosen) return undefined;
      const ref = await chooseGenerations(session, chosen.name, chosen.generations, earlier);
      return (await session.ask.confirm(`Remove ${ref}?`)) ? ref : undefined;
    },
    async (image) => {
      if (image === undefined) return;
      for (const { name, generation } of await session.call(imageRemove, { image }))
        session.done(`removed ${name}:${generation}`);
      session.same('image', 'rm', image);
    },
  );
}

/** The whole image, or one of several generations. */
async function chooseGenerations(
  session: Session,
  name: string,
  generations: readonly Generation[],
  initial?: string,
): Promise<string> {
  if (generations.length < 2) return name;
  return await session.ask.choose({
    message: 'What of it?',
    initial,
    choices: [
      { value: name, label: `${name}, the whole image`, hint: `${generations.length} generations` },
      ...generations.map(({ generation, tags, state }) => ({
        value: `${name}:${generation}`,
        label: `${name}:${generation}`,
        hint: [...tags, ...(state === 'broken' ? ['broken'] : [])].join(', '),
      })),
    ],
  });
}
