import { umountText } from '../../cli/commands/image/umount-text.ts';
import { Catalog } from '../../image/catalog.ts';
import { mountImage as mount } from '../../mounts/mount.ts';
import { listMounts } from '../../mounts/record.ts';
import { umountImage as umount } from '../../mounts/umount.ts';
import { localActor } from '../../node/entry.ts';
import { chooseSystem } from '../images.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

/** Livenet, 2. */
export async function mountImage(session: Session): Promise<void> {
  await withRetry<string | undefined>(
    session,
    async (earlier) => (await chooseSystem(session, 'Select the image to mount:', earlier))?.name,
    async (image) => {
      if (image === undefined) return;
      const mounted = await session.work(
        async ({ installation, sink, signal }) =>
          await mount(await Catalog.open(installation.paths), image, { who: localActor().who, sink, signal }),
      );
      const how = mounted.already ? ' already' : mounted.resumed ? ' again, with its changes' : '';
      session.done(`${image}:${mounted.generation} is mounted${how}`);
      session.say(
        `     tree       ${mounted.path}`,
        `     inventory  ${mounted.inventory}`,
        '   Change it, or run ansible-playbook -i with that inventory; then unmount it.',
      );
      session.same('image', 'mount', image);
    },
  );
}

interface Answers {
  image: string;
  discard: boolean;
}

/** Livenet, 3. */
export async function unmountImage(session: Session): Promise<void> {
  await withRetry<Answers | undefined>(
    session,
    async (earlier) => await askUnmount(session, earlier),
    async (answers) => {
      if (!answers) return;
      const { image, discard } = answers;
      const done = await session.work(
        async ({ installation, sink, signal }) =>
          await umount(installation, await Catalog.open(installation.paths), image, {
            discard,
            sink,
            signal,
          }),
      );
      session.done(umountText(done, discard).trimEnd());
      session.same('image', 'umount', image, ...(discard ? ['--discard'] : []));
    },
  );
}

async function askUnmount(session: Session, earlier?: Answers): Promise<Answers | undefined> {
  const mounts = await listMounts(session.installation.paths);
  if (mounts.length === 0) {
    session.tell('No image is mounted.');
    return undefined;
  }
  const image = await session.ask.choose({
    message: 'Select the image to unmount:',
    initial: earlier?.image,
    choices: mounts.map((one) => ({
      value: one.image,
      label: one.image,
      hint: `generation ${one.generation}, by ${one.who}${one.active ? '' : ', not mounted now, its changes are kept'}`,
    })),
  });
  const discard = await session.ask.choose({
    message: 'What becomes of the changes?',
    initial: earlier?.discard,
    choices: [
      { value: false, label: 'A new generation of the image', hint: 'nodes get it at their next boot' },
      { value: true, label: 'They are dropped' },
    ],
  });
  return { image, discard };
}
