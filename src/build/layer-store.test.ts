import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pathsUnder } from '../system/paths.ts';
import type { Tree } from './context.ts';
import { LayerStore, type StoredLayer } from './layer-store.ts';

let root: string;
let store: LayerStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-layers-'));
  store = new LayerStore(pathsUnder(root));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function layer(key: string): Promise<{ layer: StoredLayer; tree: Tree }> {
  const upper = join(root, `upper-${key}`);
  mkdirSync(upper);
  const layer = await store.adopt(upper, { key, title: key, parent: '', size: 0, empty: false, acls: false, epoch: 0 }); // prettier-ignore
  await store.save(layer);
  return { layer, tree: { key, lowers: [{ directory: store.directory(layer) }] } };
}

test('what was found out about a tree is asked once, of each layer made for a key', async () => {
  const { layer: first, tree } = await layer('a');
  let asked = 0;
  const look = async () => await Promise.resolve({ answer: ++asked });
  expect(await store.recall(tree, 'x', 1, look)).toEqual({ answer: 1 });
  expect(await new LayerStore(pathsUnder(root)).recall(tree, 'x', 1, look)).toEqual({ answer: 1 });
  expect(await store.recall(tree, 'y', 1, look)).toEqual({ answer: 2 });
  expect(await store.recall(tree, 'x', 2, look)).toEqual({ answer: 3 });
  expect(await store.recall(tree, 'x', 2, look, true)).toEqual({ answer: 4 });
  // Made anew by --no-cache: it may be another tree.
  expect(await store.recall({ key: 'a', lowers: [{ directory: '/other' }] }, 'x', 2, look)).toEqual({
    answer: 5,
  });
  expect((await store.list()).map(({ layer: one }) => one.id)).toEqual([first.id]);
  await store.remove(first);
  expect(readdirSync(join(root, 'var/lib/slipway/layers/keys'))).toEqual([]);
});

test('nothing is kept of a tree without a layer, nor of a look that failed', async () => {
  const { tree } = await layer('a');
  const other = { key: 'b', lowers: tree.lowers };
  expect(await store.recall(other, 'x', 1, async () => await Promise.resolve(1))).toBe(1);
  await expect(store.recall(tree, 'x', 1, async () => await Promise.reject(new Error('no')))).rejects.toThrow('no'); // prettier-ignore
  expect(readdirSync(join(root, 'var/lib/slipway/layers/keys'))).toEqual(['a.json']);
});
