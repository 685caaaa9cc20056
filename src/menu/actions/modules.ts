import type { Action } from '../item.ts';
import type { Session } from '../session.ts';
import { DEMO, LIVENET, NFS, type Module } from '../modules.ts';

/** Entry 1: the three modules of disklessset, then what the chosen one does. */
export async function modules(session: Session): Promise<void> {
  const chosen = await session.ask.choose<Module>({
    message: 'Select the module you want to use:',
    choices: [DEMO, LIVENET, NFS].map((value) => ({ value, label: value.name, hint: value.about })),
  });
  const action = await session.ask.choose<() => Promise<Action>>({
    message: 'Select an action:',
    choices: chosen.actions.map(({ title, load }, i) => ({
      value: load,
      label: title,
      ...(i === 0 && { heading: chosen.title }),
    })),
  });
  await (
    await action()
  )(session);
}
