/** Settings that are allowed but will not boot as things stand: told, not refused. */
import type { Settings } from '../node/schema.ts';
import type { Work } from './context.ts';

/** A note for each image or mode that is not there. */
export async function warnUnbootable(
  open: Pick<Work, 'installation' | 'sink'>,
  presets: readonly { kind: string; name: string; settings: Settings }[],
): Promise<void> {
  const [{ Catalog }, { unbootable }] = await Promise.all([
    import('../image/catalog.ts'),
    import('../node/unbootable.ts'),
  ]);
  if (presets.every(({ settings }) => settings.image === undefined && settings.mode === undefined)) return;
  const catalog = await Catalog.open(open.installation.paths);
  const documents = presets.map(({ kind, name, settings }) => ({ what: `${kind} ${name}`, settings }));
  for (const message of await unbootable(catalog, documents))
    open.sink({ event: 'notice', level: 'warning', message });
}
