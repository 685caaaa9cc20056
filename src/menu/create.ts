/** What the actions share that make images: the work, and the command that does the same. */
import type { Answers } from '../parameters/answers.ts';
import { createImage } from '../parameters/create.ts';
import { bytes, seconds } from '../cli/render/text.ts';
import type { Session } from './session.ts';

/** @throws SlipwayError as `createImage` */
export async function make(session: Session, answers: Answers): Promise<void> {
  const built = await session.work(
    async ({ installation, sink, signal }) =>
      await createImage(installation, answers, 'slipway menu', { sink, signal }),
  );
  session.done(
    `${session.style.bold(`${built.image}:${built.generation}`)}  built in ${seconds(built.seconds)}, ${bytes(built.bytes)}`,
  );
  session.same(...commandOf(answers));
}

/** The words after `slipway` that make the same image. The password is no part of them: it is asked, or read. */
function commandOf(answers: Answers): string[] {
  const { name } = answers;
  if (answers.kind === 'demo') return ['demo', 'create', name, '--message', answers.message];
  const common = [
    '--kernel',
    answers.kernel,
    ...answers.packages.flatMap((one) => ['--package', one]),
    ...(answers.release === undefined ? [] : ['--release', answers.release]),
  ];
  if (answers.kind === 'nfs-staging') return ['nfs', 'staging', name, ...common];
  return [
    'livenet',
    'create',
    name,
    '--type',
    answers.type.toLowerCase(),
    '--size',
    answers.size,
    ...common,
    ...(answers.sshKey === undefined ? [] : ['--ssh-key', answers.sshKey]),
    ...(answers.selinux ? ['--selinux'] : []),
    ...(answers.optimize ? ['--optimize'] : []),
  ];
}
