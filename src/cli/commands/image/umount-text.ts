import type { Unmounted } from '../../../mounts/umount.ts';

/** What became of a mounted image, for people. */
export function umountText({ image, from, generation, changes }: Unmounted, discarded: boolean): string {
  if (discarded) return `${image}:${from} is unmounted; its changes were dropped\n`;
  if (!generation) return `${image}:${from} is unmounted; nothing was changed, there is no new generation\n`;
  const count = changes === 1 ? '1 change' : `${changes} changes`;
  return `${image}:${from} is unmounted; ${image}:${generation.generation} has its ${count} (${generation.tags.join(', ')})\n`;
}
