/** Namespaces inside namespaces: boot tests and benches that run `slipway` in a namespace of their own. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Namespace } from '../src/system/namespace.ts';

const CHILD = join(import.meta.dirname, 'support/namespace-child.ts');

test('a namespace in a namespace ends, though what was stopped in it became an orphan', async () => {
  await using outer = await Namespace.open();
  const start = performance.now();
  await outer.run([process.execPath, CHILD], { timeout: 25_000 });
  // Less than the patience with a first process that reaps nothing.
  expect(performance.now() - start).toBeLessThan(9000);
});
