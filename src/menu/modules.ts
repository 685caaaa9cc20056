/** What entry 1 leads to: the modules of disklessset with their actions, and their titles. */
import { item, type Item } from './item.ts';

export interface Module {
  name: string;
  about: string;
  title: string;
  actions: readonly Item[];
}

export const DEMO: Module = {
  name: 'demo',
  about: 'images of nothing, to try the menu',
  title: 'Demo image module',
  actions: [
    item('Create a demo image', () => import('./actions/demo.ts'), 'createDemo'),
    item('Corrupt a demo image', () => import('./actions/demo.ts'), 'corruptDemoImage'),
  ],
};

export const LIVENET: Module = {
  name: 'livenet',
  about: 'the whole system in the memory of the node',
  title: 'Livenet image module',
  actions: [
    item('Generate a new livenet image', () => import('./actions/livenet.ts'), 'createLivenet'),
    item('Mount an existing livenet image', () => import('./actions/mount.ts'), 'mountImage'),
    item('Unmount an existing livenet image', () => import('./actions/mount.ts'), 'unmountImage'),
    item('Resize livenet image', () => import('./actions/resize.ts'), 'resizeImage'),
  ],
};

export const NFS: Module = {
  name: 'nfs',
  about: 'a root on the server for each node',
  title: 'NFS image module',
  actions: [
    item('Generate a new nfs staging image', () => import('./actions/staging.ts'), 'createStaging'),
    item(
      'Generate a new nfs golden image from a staging image',
      () => import('./actions/golden.ts'),
      'createGolden',
    ),
    item('Manage nodes of a golden image', () => import('./actions/golden-nodes.ts'), 'goldenNodes'),
  ],
};
