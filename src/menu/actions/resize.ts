import type { Session } from '../session.ts';
export async function resizeImage(session: Session): Promise<void> {
  session.tell('not yet');
  await Promise.resolve();
}
