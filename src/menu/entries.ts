/** The ten entries, with their numbers, as users of disklessset know them. */
import type { Choice } from './prompts.ts';
import type { Session } from './session.ts';

export type Action = (session: Session) => Promise<void>;

interface Entry {
  title: string;
  heading?: string;
  /** Nothing: leave. */
  load?: () => Promise<Action>;
}

export const CTRL_C = 'At any time: (CTRL + c) => Return to this main menu.';

export const ENTRIES: readonly Entry[] = [
  {
    title: 'Manage and create diskless images (need modules)',
    heading: 'Diskless image management',
    load: async () => (await import('./actions/modules.ts')).modules,
  },
  {
    title: 'List available diskless images',
    load: async () => (await import('./actions/list.ts')).list,
  },
  {
    title: 'Remove a diskless image',
    load: async () => (await import('./actions/remove.ts')).remove,
  },
  {
    title: 'Clone a diskless image',
    load: async () => (await import('./actions/clone.ts')).cloneImage,
  },
  {
    title: 'Create an image from a parameters file',
    load: async () => (await import('./actions/parameters.ts')).parametersFile,
  },
  {
    title: 'Manage kernel of a diskless image',
    load: async () => (await import('./actions/set-kernel.ts')).setKernel,
  },
  {
    title: 'List available kernels',
    heading: 'Other actions',
    load: async () => (await import('./actions/kernels.ts')).listKernels,
  },
  {
    title: 'Generate a new initramfs',
    load: async () => (await import('./actions/initramfs.ts')).generateInitramfs,
  },
  {
    title: 'Clear a corrupted image (Use only as a last resort)',
    heading: '',
    load: async () => (await import('./actions/clear.ts')).clearImage,
  },
  { title: 'Exit' },
];

export const choices: readonly Choice<Entry>[] = ENTRIES.map((entry) => ({
  value: entry,
  label: entry.title,
  heading: entry.heading,
}));
