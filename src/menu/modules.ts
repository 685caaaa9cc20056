/** What entry 1 leads to: the modules of disklessset with their actions, and their titles. */
import type { Action } from './entries.ts';

export interface Module {
  name: string;
  about: string;
  title: string;
  actions: readonly { title: string; load: () => Promise<Action> }[];
}

export const DEMO: Module = {
  name: 'demo',
  about: 'images of nothing, to try the menu',
  title: 'Demo image module',
  actions: [
    { title: 'Create a demo image', load: async () => (await import('./actions/demo.ts')).createDemo },
    { title: 'Corrupt a demo image', load: async () => (await import('./actions/demo.ts')).corruptDemoImage },
  ],
};

export const LIVENET: Module = {
  name: 'livenet',
  about: 'the whole system in the memory of the node',
  title: 'Livenet image module',
  actions: [
    {
      title: 'Generate a new livenet image',
      load: async () => (await import('./actions/livenet.ts')).createLivenet,
    },
    {
      title: 'Mount an existing livenet image',
      load: async () => (await import('./actions/mount.ts')).mountImage,
    },
    {
      title: 'Unmount an existing livenet image',
      load: async () => (await import('./actions/mount.ts')).unmountImage,
    },
    { title: 'Resize livenet image', load: async () => (await import('./actions/resize.ts')).resizeImage },
  ],
};

export const NFS: Module = {
  name: 'nfs',
  about: 'a root on the server for each node',
  title: 'NFS image module',
  actions: [
    {
      title: 'Generate a new nfs staging image',
      load: async () => (await import('./actions/staging.ts')).createStaging,
    },
    {
      title: 'Generate a new nfs golden image from a staging image',
      load: async () => (await import('./actions/golden.ts')).createGolden,
    },
    {
      title: 'Manage nodes of a golden image',
      load: async () => (await import('./actions/golden-nodes.ts')).goldenNodes,
    },
  ],
};
