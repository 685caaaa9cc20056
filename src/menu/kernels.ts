/** Questions about kernels of the pool. */
import { Catalog } from '../image/catalog.ts';
import type { ImageConfig } from '../image/types.ts';
import { offerable } from '../kernels/offerable.ts';
import type { Session } from './session.ts';

interface Asked {
  initial?: string;
  /** The image that it is for; if not given a new one, of whose tree the initramfs will be made. */
  image?: Pick<ImageConfig, 'architecture'>;
}

/**
 * Lets choose a kernel that can boot, and no other (defect 16); says so, and gives nothing, if there is none.
 * @throws Back
 */
export async function chooseKernel(
  session: Session,
  message: string,
  { initial, image = { architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' } }: Asked = {},
): Promise<string | undefined> {
  const kernels = await session.work(
    async ({ installation }) => await offerable(await Catalog.open(installation.paths), image),
  );
  if (kernels.length === 0) {
    session.tell(
      'No kernel available that could boot. Entry 7 shows what is in the pool; add one with its modules: slipway kernel add.',
    );
    return undefined;
  }
  return await session.ask.choose({
    message,
    initial,
    choices: kernels.map(({ version, initramfs, from }) => ({
      value: version,
      label: `vmlinuz-${version}`,
      hint: [initramfs === 'present' ? 'initramfs present' : 'initramfs to be made', from].join(', '),
    })),
  });
}
