import { kernelList } from '../../operations/kernel/list.ts';
import type { Session } from '../session.ts';
import { branches } from '../tree.ts';

/** Entry 7: each kernel of the pool with its initramfs, or the name of the one that is missing. */
export async function listKernels(session: Session): Promise<void> {
  const kernels = await session.call(kernelList, {});
  if (kernels.length === 0) return session.tell('No kernel available. Add one: slipway kernel add.');
  const lines = kernels.map(({ version, initramfs, problem }) => {
    if (problem !== undefined) return `vmlinuz-${version} - cannot boot: ${problem}`;
    if (initramfs === 'missing') return `vmlinuz-${version} - missing initramfs-kernel-${version}`;
    return `vmlinuz-${version} - initramfs ${initramfs}`;
  });
  const { style } = session;
  session.say('', ' Available kernels:', `     ${style.dim(style.sign.stem)}`);
  session.say(...branches(lines, style, session.surface.columns()), '');
  session.same('kernel', 'ls');
}
