import type { BuildOptions, WorkContext } from '../build/context.ts';
import { buildLog } from '../build/logs.ts';
import type { Installation } from '../system/config.ts';

/** What everything here works with. */
export interface KernelContext {
  installation: Installation;
  options: Pick<BuildOptions, 'sink' | 'signal' | 'offline' | 'noCache'>;
}

/** What tools and package managers work with; its log is closed when it is disposed. */
export async function openWork(
  { installation, options }: KernelContext,
  name: string,
  epoch: number,
): Promise<WorkContext & Disposable> {
  const log = await buildLog(installation.paths, name);
  return {
    installation,
    options,
    log,
    epoch,
    managers: new Map(),
    [Symbol.dispose]: () => log[Symbol.dispose](),
  };
}
