import { bytes } from '../../cli/render/text.ts';
import { Catalog } from '../../image/catalog.ts';
import { poolInitramfs } from '../../kernels/initramfs.ts';
import { kernelList } from '../../operations/kernel/list.ts';
import { imagesByName, latestOf } from '../images.ts';
import type { Choice } from '../prompts.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

interface Answers {
  kernel: string;
  /** Nothing: this host. */
  image: string | undefined;
}

/** Entry 8. */
export async function generateInitramfs(session: Session): Promise<void> {
  await withRetry<Answers | undefined>(
    session,
    async (earlier) => await ask(session, earlier),
    async (answers) => {
      if (!answers) return;
      const { kernel, image } = answers;
      const made = await session.work(
        async ({ installation, sink, signal }) =>
          await poolInitramfs(kernel, { image }, await Catalog.open(installation.paths), {
            installation,
            options: { sink, signal },
          }),
      );
      session.done(
        `initramfs-kernel-${kernel}, from ${made.initramfs?.from}: ${bytes(made.initramfs?.size ?? 0)}`,
      );
      session.same('kernel', 'initramfs', kernel, ...(image === undefined ? [] : ['--image', image]));
    },
  );
}

async function ask(session: Session, earlier?: Answers): Promise<Answers | undefined> {
  const kernels = (await session.call(kernelList, {})).filter(({ problem }) => problem === undefined);
  if (kernels.length === 0) {
    session.tell('No kernel available. Add one with its modules: slipway kernel add.');
    return undefined;
  }
  const kernel = await session.ask.choose({
    message: 'Select the kernel:',
    initial: earlier?.kernel,
    choices: kernels.map(({ version, initramfs }) => ({
      value: version,
      label: `vmlinuz-${version}`,
      hint: initramfs === 'missing' ? 'no initramfs yet' : `initramfs ${initramfs}`,
    })),
  });
  const images = [...(await imagesByName(session)).values()].flatMap((all) => latestOf(all) ?? []);
  const usable = images.filter(({ state, layers }) => state === 'ready' && layers > 0);
  if (usable.length === 0) return { kernel, image: undefined };
  const image = await session.ask.choose<string | undefined>({
    message: 'Whose systemd, dracut and tools are put in?',
    initial: earlier?.image,
    choices: [
      { value: undefined, label: 'this host' },
      ...usable.map(({ name }): Choice<string> => ({ value: name, label: name, hint: 'image' })),
    ],
  });
  return { kernel, image };
}
