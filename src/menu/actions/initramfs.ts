import type { Session } from '../session.ts';
export async function generateInitramfs(session: Session): Promise<void> {
  session.tell('not yet');
  await Promise.resolve();
}
