import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { Db } from '../db/database.ts';
import { expandNodes } from './expand.ts';
import { addPreset } from './preset-registry.ts';
import { addNodes, listNodes, setNodes } from './registry.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
  await addPreset(db, 'profile', 'slurm');
  await addPreset(db, 'profile', 'gpu');
  await addPreset(db, 'group', 'rack1', { profiles: ['slurm'], tags: { row: 'A' } });
  await addPreset(db, 'group', 'rack2');
  await addPreset(db, 'group', 'empty');
  await addNodes(db, 'n[1-4]', { groups: ['rack1'], image: 'compute', mode: 'ram' });
  await addNodes(db, 'n[5-8]', { groups: ['rack2'], profiles: ['gpu'], image: 'compute:7' });
  await addNodes(db, 'login1', { architecture: 'arm64', tags: { row: 'B/2' } });
});
afterEach(() => here[Symbol.asyncDispose]());

const names = async (expr: string) => (await expandNodes(db, expr)).map((node) => node.name).join(' ');

describe('node sets on the registry', () => {
  test.each([
    ['@rack1', 'n1 n2 n3 n4'],
    ['@rack[1-2]!n[2-7]', 'n1 n8'],
    ['@group:rack2&n[1-6]', 'n5 n6'],
    ['@profile:slurm', 'n1 n2 n3 n4'],
    ['@profile:gpu^n8', 'n5 n6 n7'],
    ['@profile:*', 'n1 n2 n3 n4 n5 n6 n7 n8'],
    ['@*!@group:*', 'login1'],
    ['@image:compute', 'n1 n2 n3 n4 n5 n6 n7 n8'],
    ['@image:compute:7', 'n5 n6 n7 n8'],
    ['@mode:ram', 'n1 n2 n3 n4 n5 n6 n7 n8'],
    ['@arch:arm64', 'login1'],
    ['@tag:row=A', 'n1 n2 n3 n4'],
    ['@tag:row=B/2', 'login1'],
    ['@tag:row!@rack1', 'login1'],
    ['n1,@empty,@mode:demo', 'n1'],
    ['?1', 'n1'],
    ['l*', 'login1'],
    ['login1,n[2,1]', 'login1 n2 n1'],
  ])('%s', async (expr, expected) => {
    const found = await names(expr);
    // Members of groups have no order of their own.
    expect(expr.includes('@') ? found.split(' ').toSorted().join(' ') : found).toBe(expected);
  });

  test('a list of nobody is empty, a change of nobody is a mistake', async () => {
    for (const expr of ['@empty', '@image:nothing', 'n1!n1', 'x*']) {
      expect(await listNodes(db, expr)).toEqual([]);
      await expect(setNodes(db, expr, { image: 'x' })).rejects.toMatchObject({ code: 'node/empty' });
    }
    await expect(listNodes(db, 'x1')).rejects.toMatchObject({ code: 'node/unknown' });
  });

  test('what is not there is said, with what was probably meant', async () => {
    const refused = [
      ['@rak1', 'nodeset/unknown-group', /@rack1/],
      ['@profile:slrum', 'nodeset/unknown-group', /@profile:slurm/],
      ['@empty', 'node/empty', /./],
      ['n[7-12]', 'node/unknown', /./],
    ] as const;
    for (const [expr, code, todo] of refused)
      await expect(expandNodes(db, expr)).rejects.toMatchObject({
        code,
        todo: expect.stringMatching(todo) as string,
      });
    await expect(expandNodes(db, 'n[7-12]')).rejects.toThrow('n[9-12]');
    await expect(addNodes(db, '@rack1')).rejects.toMatchObject({ code: 'nodeset/not-here' });
  });
});
