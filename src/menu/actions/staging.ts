import type { StagingAnswers } from '../../parameters/answers.ts';
import { make } from '../create.ts';
import { askNewName } from '../images.ts';
import { chooseKernel } from '../kernels.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';
import { askPackages, askPassword, askRelease, confirmed } from '../system-questions.ts';

/** NFS, 1. */
export async function createStaging(session: Session): Promise<void> {
  await withRetry<StagingAnswers | undefined>(
    session,
    async (earlier) => await ask(session, earlier),
    async (answers) => {
      if (answers) await make(session, answers);
    },
  );
}

async function ask(session: Session, earlier?: StagingAnswers): Promise<StagingAnswers | undefined> {
  const name = await askNewName(session, 'Enter the name of the new staging image:', earlier?.name);
  const kernel = await chooseKernel(session, 'Select the kernel:', { initial: earlier?.kernel });
  if (kernel === undefined) return undefined;
  const password = await askPassword(session, earlier?.password);
  const release = await askRelease(session, earlier?.release);
  const packages = await askPackages(session, release, earlier?.packages);
  const yes = await confirmed(session, [
    ['name', name],
    ['kernel', `vmlinuz-${kernel}`],
    ['packages', ['@core', ...packages].join(' ')],
    ['release', release],
  ]);
  return yes ? { kind: 'nfs-staging', name, kernel, password, packages, release } : undefined;
}
