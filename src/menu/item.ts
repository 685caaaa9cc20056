/** A line of the menu that leads to something. */
import type { Session } from './session.ts';

export type Action = (session: Session) => Promise<void>;

export interface Item {
  title: string;
  load: () => Promise<Action>;
}

/** What `name` of a module does, which is loaded when it is chosen. */
export function item<K extends string>(
  title: string,
  module: () => Promise<Record<K, Action>>,
  name: K,
): Item {
  return { title, load: async () => (await module())[name] };
}
