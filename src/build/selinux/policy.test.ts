import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResolvedRecipe } from '../../recipe/resolved.ts';
import { RecipeSchema } from '../../recipe/schema.ts';
import { writeConfig } from './config-file.ts';
import { labelKey, mayBringPolicy, selinuxOf, withArguments, withPolicy } from './policy.ts';

const DEBIAN = { debian: { suite: 'bookworm' } };
const REDHAT = { redhat: { release: 9 } };

function recipe(fields: object, root: object = { source: DEBIAN }): ResolvedRecipe {
  const parsed = RecipeSchema.parse({ name: 'x', ...('source' in root ? root : { from: 'y' }), ...fields });
  const place = { file: 'x.yml' };
  return {
    ...parsed, file: 'x.yml', parents: [],
    root: parsed.source ? { source: parsed.source, place, base: '/' } : { image: 'y', place },
    steps: parsed.steps.map((step) => ({ step, place, base: '/' })),
  }; // prettier-ignore
}

const enforcing = (policy: string) => ({ policy, mode: 'enforcing' as const });

test('the policy is what the recipe says, then that of the image below, then the usual one', () => {
  expect(selinuxOf(recipe({}))).toBeUndefined();
  expect(selinuxOf(recipe({ selinux: true }))).toEqual(enforcing('default'));
  expect(selinuxOf(recipe({ selinux: true }, { source: REDHAT }))).toEqual(enforcing('targeted'));
  expect(selinuxOf(recipe({ selinux: { policy: 'mls', mode: 'permissive' } }))).toEqual({
    policy: 'mls',
    mode: 'permissive',
  });
  expect(selinuxOf(recipe({}, {}), enforcing('default'))).toEqual(enforcing('default'));
  expect(selinuxOf(recipe({ selinux: { mode: 'permissive' } }, {}), enforcing('mls'))).toEqual({
    policy: 'mls',
    mode: 'permissive',
  });
});

test('sources that install packages get those of the policy, once', () => {
  const { source } = RecipeSchema.parse({
    name: 'x',
    source: { redhat: { release: 9, packages: ['policycoreutils'] } },
  });
  const packages = (more?: ReturnType<typeof enforcing>) =>
    source && (withPolicy(source, more) as { redhat: { packages: string[] } }).redhat.packages;
  expect(packages(enforcing('targeted'))).toEqual(['policycoreutils', 'selinux-policy-targeted']);
  expect(packages()).toEqual(['policycoreutils']);
});

test('steps that may bring a policy', () => {
  const may = (...steps: object[]) => mayBringPolicy(recipe({ steps }));
  expect(may({ packages: ['htop'] }, { services: { enable: ['a.service'] } })).toBe(false);
  expect(may({ packages: ['selinux-policy-mls'] })).toBe(true);
  expect(may({ run: 'true' })).toBe(true);
});

test('kernel arguments: once, the recipe’s own win, those of the image below go', () => {
  const permissive = { policy: 'x', mode: 'permissive' as const };
  expect(withArguments(['quiet'])).toEqual(['quiet']);
  expect(withArguments(['quiet'], enforcing('x'))).toEqual(['selinux=1', 'security=selinux', 'quiet']);
  const once = withArguments(['quiet'], permissive);
  expect(once).toEqual(['selinux=1', 'security=selinux', 'enforcing=0', 'quiet']);
  expect(withArguments(once, permissive)).toEqual(once);
  expect(withArguments(once, enforcing('x'), permissive)).toEqual(['selinux=1', 'security=selinux', 'quiet']);
  expect(withArguments(['enforcing=0'], enforcing('x'))).toEqual([
    'selinux=1',
    'security=selinux',
    'enforcing=0',
  ]);
});

test('keys of layers without SELinux stay as they were', () => {
  expect(labelKey()).toEqual({});
  expect(labelKey(enforcing('a'))).not.toEqual(labelKey(enforcing('b')));
});

test('the settings file names policy and mode, keeps what else it says, and is no link', async () => {
  const root = await mkdtemp(join(tmpdir(), 'slipway-selinux-'));
  try {
    const file = join(root, 'etc/selinux/config');
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(join(root, '.autorelabel'), '');
    await writeFile(file, '# x\nSELINUX=disabled\n SELINUXTYPE = mls\nSETLOCALDEFS=0');
    await writeConfig(root, enforcing('targeted'));
    expect(await readFile(file, 'utf8')).toBe('# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\nSETLOCALDEFS=0');
    await expect(readFile(join(root, '.autorelabel'))).rejects.toThrow('ENOENT');
    await rm(file);
    await writeFile(join(root, 'victim'), 'host');
    await symlink(join(root, 'victim'), file);
    await writeConfig(root, { policy: 'mls', mode: 'permissive' });
    await expect(readlink(file)).rejects.toThrow('EINVAL');
    expect(await readFile(file, 'utf8')).toBe('SELINUX=permissive\nSELINUXTYPE=mls\n');
    expect(await readFile(join(root, 'victim'), 'utf8')).toBe('host');
  } finally {
    await rm(root, { recursive: true });
  }
});
