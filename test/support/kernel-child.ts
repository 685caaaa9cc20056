/** A process that works on a pool of kernels, for tests with several of them: kernel-child.ts DIRECTORY HOST VERSION. */
import { removeKernel } from '../../src/kernels/remove.ts';
import { setKernel } from '../../src/kernels/set-kernel.ts';
import { PoolTrial } from './kernel-pool.ts';

const [directory = '', host = '', version = ''] = process.argv.slice(2);
const trial = await PoolTrial.open(directory);
try {
  await trial.add([version], { root: host });
  await trial.initramfs(version);
  const { installation, sink } = trial;
  await setKernel('base', version, trial.catalog, { installation, options: { sink } });
  if (process.env['AND_REMOVE']) await removeKernel(version, trial.catalog, true);
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(`${JSON.stringify({ code, message })}\n`);
}
