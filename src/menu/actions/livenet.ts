import { stat } from 'node:fs/promises';
import type { LivenetAnswers } from '../../parameters/answers.ts';
import { checkSize } from '../../parameters/check.ts';
import type { LivenetType } from '../../parameters/model.ts';
import { readKey } from '../../parameters/ssh-key.ts';
import { make } from '../create.ts';
import { askNewName } from '../images.ts';
import { chooseKernel } from '../kernels.ts';
import type { Choice } from '../prompts.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';
import { askPackages, askPassword, askRelease, confirmed } from '../system-questions.ts';
import { problem, problemLater } from '../validate.ts';
import { withoutTilde } from './parameters.ts';

const TYPES: readonly Choice<LivenetType>[] = [
  { value: 'STANDARD', label: 'Standard', hint: '@core and all kernel modules, about 1.3 GB' },
  { value: 'SMALL', label: 'Small', hint: 'dnf, ssh, NetworkManager, about 700 MB' },
  { value: 'CORE', label: 'Minimal', hint: 'ssh and little more, about 680 MB' },
];

/** Livenet, 1: the questions of disklessset in their order, then the build. */
export async function createLivenet(session: Session): Promise<void> {
  await withRetry<LivenetAnswers | undefined>(
    session,
    async (earlier) => await ask(session, earlier),
    async (answers) => {
      if (answers) await make(session, answers);
    },
  );
}

async function ask(session: Session, earlier?: LivenetAnswers): Promise<LivenetAnswers | undefined> {
  const name = await askNewName(session, 'Enter the name of the new image:', earlier?.name);
  const kernel = await chooseKernel(session, 'Select the kernel:', { initial: earlier?.kernel });
  if (kernel === undefined) return undefined;
  const password = await askPassword(session, earlier?.password);
  const type = await session.ask.choose({
    message: 'Select the type of livenet image:',
    choices: TYPES,
    initial: earlier?.type,
  });
  const size = await session.ask.text({
    message: 'Enter the size of the image:',
    initial: earlier?.size ?? 'auto',
    help: '100M to 50000M (a bare number is MiB), 1.5G, or auto for the least that fits.',
    validate: (text) => problem(() => checkSize(text)),
  });
  const sshKey = await askSshKey(session, earlier?.sshKey);
  const selinux = await session.ask.confirm('Activate SELinux inside the image?', earlier?.selinux);
  const release = await askRelease(session, earlier?.release);
  const packages = await askPackages(session, release, earlier?.packages);
  const optimize = await session.ask.confirm(
    'Optimize: leave out what nodes seldom need?',
    earlier?.optimize,
  );
  const answers: LivenetAnswers = {
    kind: 'livenet',
    name,
    kernel,
    password,
    type,
    size: checkSize(size),
    sshKey,
    selinux,
    packages,
    release,
    optimize,
  };
  const yes = await confirmed(session, [
    ['name', name],
    ['kernel', `vmlinuz-${kernel}`],
    ['type', TYPES.find((one) => one.value === type)?.label],
    ['size', answers.size],
    ['ssh key', sshKey],
    ['SELinux', selinux ? 'yes' : 'no'],
    ['packages', packages.join(' ')],
    ['release', release],
    ['optimize', optimize ? 'yes' : 'no'],
  ]);
  return yes ? answers : undefined;
}

/** A file that can be read and holds public keys, or none. */
async function askSshKey(session: Session, earlier?: string): Promise<string | undefined> {
  let typed = earlier ?? (await usualKey());
  for (;;) {
    typed = await session.ask.text({
      message: 'Path of the ssh public key (empty: none):',
      initial: typed,
      help: 'It is put into the authorized_keys of root.',
    });
    if (typed === '') return undefined;
    const path = withoutTilde(typed);
    const wrong = await problemLater(async () => await readKey(path, process.cwd()));
    if (wrong === undefined) return path;
    session.tell(session.style.red(wrong));
  }
}

const USUAL = ['~/.ssh/id_ed25519.pub', '~/.ssh/id_rsa.pub'];

async function usualKey(): Promise<string | undefined> {
  for (const path of USUAL)
    if (await stat(withoutTilde(path)).then(
        (info) => info.isFile(),
        () => false,
      )) return path; // prettier-ignore
  return undefined;
}
