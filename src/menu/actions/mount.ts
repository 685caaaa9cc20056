import type { Session } from '../session.ts';
export async function mountImage(session: Session): Promise<void> {
  session.tell('not yet');
  await Promise.resolve();
}
export async function unmountImage(session: Session): Promise<void> {
  session.tell('not yet');
  await Promise.resolve();
}
