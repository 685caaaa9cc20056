import type { Settings } from '../../node/schema.ts';
import { unbootable } from '../../node/unbootable.ts';
import type { Engine } from '../engine.ts';

/** Settings that are allowed but will not boot as things stand: told, not refused. A note for each image or mode that is not there. */
export async function bootable(
  { catalog, sink }: Engine,
  presets: readonly { kind: string; name: string; settings: Settings }[],
): Promise<void> {
  const documents = presets.map(({ kind, name, settings }) => ({ what: `${kind} ${name}`, settings }));
  for (const message of await unbootable(catalog, documents))
    sink({ event: 'notice', level: 'warning', message });
}
