/** The ten entries, with their numbers, as users of disklessset know them. */
import { item, type Item } from './item.ts';
import type { Choice } from './prompts.ts';

interface Entry extends Partial<Item> {
  title: string;
  /** Above it. */
  heading?: string;
}

export const CTRL_C = 'At any time: (CTRL + c) => Return to this main menu.';

/** One without `load` leaves. */
export const ENTRIES: readonly Entry[] = [
  {
    ...item(
      'Manage and create diskless images (need modules)',
      () => import('./actions/modules.ts'),
      'modules',
    ),
    heading: 'Diskless image management',
  },
  item('List available diskless images', () => import('./actions/list.ts'), 'list'),
  item('Remove a diskless image', () => import('./actions/remove.ts'), 'remove'),
  item('Clone a diskless image', () => import('./actions/clone.ts'), 'cloneImage'),
  item('Create an image from a parameters file', () => import('./actions/parameters.ts'), 'parametersFile'),
  item('Manage kernel of a diskless image', () => import('./actions/set-kernel.ts'), 'setKernel'),
  {
    ...item('List available kernels', () => import('./actions/kernels.ts'), 'listKernels'),
    heading: 'Other actions',
  },
  item('Generate a new initramfs', () => import('./actions/initramfs.ts'), 'generateInitramfs'),
  {
    ...item(
      'Clear a corrupted image (Use only as a last resort)',
      () => import('./actions/clear.ts'),
      'clearImage',
    ),
    heading: '',
  },
  { title: 'Exit' },
];

export const choices: readonly Choice<Entry>[] = ENTRIES.map((entry) => ({
  value: entry,
  label: entry.title,
  heading: entry.heading,
}));
