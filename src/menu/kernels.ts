/** Questions about kernels of the pool. */
import { poolVersions } from '../parameters/pool.ts';
import type { Session } from './session.ts';

/** Lets choose a kernel that can boot; says so, and gives nothing, if there is none. @throws Back */
export async function chooseKernel(
  session: Session,
  message: string,
  initial?: string,
): Promise<string | undefined> {
  const versions = await poolVersions(session.installation.paths);
  if (versions.length === 0) {
    session.tell('No kernel available. Add one with its modules: slipway kernel add.');
    return undefined;
  }
  return await session.ask.choose({
    message,
    initial,
    choices: versions.map((version) => ({ value: version, label: `vmlinuz-${version}` })),
  });
}
