import { nfsGolden } from '../../operations/nfs/golden.ts';
import { askNewName, chooseSystem } from '../images.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

interface Answers {
  image: string;
  name: string;
}

/** NFS, 2. Kernel and password are those of the staging image. */
export async function createGolden(session: Session): Promise<void> {
  await withRetry<Answers | undefined>(
    session,
    async (earlier) => {
      const chosen = await chooseSystem(session, 'Select the staging image:', earlier?.image);
      if (!chosen) return undefined;
      const name = await askNewName(session, 'Enter the name of the new golden image:', earlier?.name);
      return { image: chosen.name, name };
    },
    async (answers) => {
      if (!answers) return;
      const { name, generation } = await session.call(nfsGolden, answers);
      session.done(
        `${name}:${generation} is a golden image of ${answers.image}: add nodes to it by the entry below`,
      );
      session.same('nfs', 'golden', answers.image, answers.name);
    },
  );
}
