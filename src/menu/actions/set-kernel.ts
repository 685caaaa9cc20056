import type { Session } from '../session.ts';
export async function setKernel(session: Session): Promise<void> {
  session.tell('not yet');
  await Promise.resolve();
}
