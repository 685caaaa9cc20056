import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEBIAN, RecipeDirectory } from './fixture.ts';
import type { ResolvedRecipe } from './resolved.ts';

let dir: RecipeDirectory;
beforeEach(async () => {
  dir = await RecipeDirectory.open();
});
afterEach(async () => {
  await dir[Symbol.asyncDispose]();
});

const titles = (recipe: ResolvedRecipe) => recipe.steps.map((s) => s.step.title);
const steps = (...names: string[]) =>
  `steps: [${names.map((n) => `{run: 'true', title: ${n}}`).join(', ')}]\n`;

describe('include', () => {
  it('puts the steps of fragments first, in their order, deeper ones before', async () => {
    await dir.write({
      'one.yml': `include: [sub/deep.yml]\n${steps('one')}`,
      'sub/deep.yml': steps('deep'),
      'two.yml': steps('two'),
    });
    const recipe = await dir.loadText(
      `name: a\n${DEBIAN}include: [one.yml, two.yml]\n${steps('own', 'last')}`,
    );
    expect(titles(recipe)).toEqual(['deep', 'one', 'two', 'own', 'last']);
  });

  it('lets later variables win, and the includer over all', async () => {
    await dir.write({
      'one.yml': 'include: [deep.yml]\nvariables: {a: one, b: one, c: one}\n',
      'deep.yml': 'variables: {a: deep, d: deep}\n',
      'two.yml': 'variables: {b: two, c: two}\n',
    });
    const recipe = await dir.loadText(`name: a\n${DEBIAN}include: [one.yml, two.yml]\nvariables: {c: own}\n`);
    expect(recipe.variables).toEqual({ a: 'one', b: 'two', c: 'own', d: 'deep' });
  });

  it('begins relative paths at the file that names them', async () => {
    await dir.write({
      'sub/f.yml': 'steps: [{files: [{to: /a, copy: data}]}]\n',
      'sub/data': '',
      'sub/bad.yml': 'steps: [{files: [{to: /a, copy: dat}]}]\n',
    });
    const recipe = await dir.loadText(`name: a\n${DEBIAN}include: [sub/f.yml]\n`);
    expect(recipe.steps[0]?.base).toBe(join(dir.path, 'sub'));
    expect(await dir.mistakesIn(`name: a\n${DEBIAN}include: [sub/bad.yml]\n`)).toEqual([
      'sub/bad.yml:1:33 recipe/missing-file: sub/dat does not exist | Did you mean sub/data?',
    ]);
  });

  it('gives templates of fragments the variables of the whole recipe', async () => {
    await dir.write({ 'f.yml': 'steps: [{files: [{to: /a, template: t}]}]\n', t: '{{ late }}' });
    const text = `name: a\n${DEBIAN}include: [f.yml]\n`;
    expect((await dir.mistakesIn(text))[0]).toContain('t:1:4 template/variable');
    expect((await dir.loadText(`${text}variables: {late: 1}\n`)).variables).toEqual({ late: 1 });
  });

  it('has nothing but steps, variables and includes', async () => {
    await dir.write({ 'f.yml': `name: b\n${DEBIAN}` });
    expect(await dir.mistakesIn(`name: a\n${DEBIAN}include: [f.yml]\n`)).toEqual([
      'f.yml:1:1 yaml/unknown-key: Unknown key "name" | Remove it.',
      'f.yml:2:1 yaml/unknown-key: Unknown key "source" | Remove it.',
    ]);
  });

  it('never goes round', async () => {
    await dir.write({
      'self.yml': 'include: [self.yml]\n',
      'x.yml': 'include: [sub/y.yml]\n',
      'sub/y.yml': 'include: [../x.yml]\n',
    });
    const round = async (file: string) => await dir.mistakesIn(`name: a\n${DEBIAN}include: [${file}]\n`);
    expect((await round('self.yml'))[0]).toContain('self.yml:1:11 recipe/cycle');
    expect((await round('x.yml'))[0]).toContain(
      'sub/y.yml:1:11 recipe/cycle: include goes round in a circle: x.yml:1:11 → sub/y.yml:1:11 → x.yml',
    );
    expect((await round('r.yml'))[0]).toContain('r.yml:3:11 recipe/cycle');
  });

  it('may name a fragment twice, and tells its mistake once', async () => {
    await dir.write({ 'f.yml': steps('f'), 'bad.yml': 'stpes: []\n' });
    const twice = (file: string) => `name: a\n${DEBIAN}include: [${file}, ${file}]\n`;
    expect(titles(await dir.loadText(twice('f.yml')))).toEqual(['f', 'f']);
    expect(await dir.mistakesIn(twice('bad.yml'))).toHaveLength(1);
  });

  it('is bounded: depth, and fragments that name each other many times', async () => {
    const deep = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`d${i}.yml`, `include: [d${i + 1}.yml]\n`]),
    );
    await dir.write({ ...deep, 'd20.yml': steps('end') });
    expect((await dir.mistakesIn(`name: a\n${DEBIAN}include: [d0.yml]\n`))[0]).toContain('recipe/too-much');
    const wide = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`w${i}.yml`, `include: [w${i + 1}.yml, w${i + 1}.yml]\n`]),
    );
    await dir.write({ ...wide, 'w12.yml': steps('end') });
    const found = await dir.mistakesIn(`name: a\n${DEBIAN}include: [w0.yml]\n`);
    expect(found[0]).toContain('recipe/too-much: The recipe draws in more than 256 files');
  });
});

describe('from', () => {
  it('keeps references to the catalog as they are', async () => {
    for (const ref of ['base', 'base:latest', 'base:7', `sha256:${'0'.repeat(64)}`]) {
      const { root, parents } = await dir.loadText(`name: a\nfrom: ${ref}\n`);
      expect(root).toMatchObject({ image: ref, place: { line: 2, column: 7 } });
      expect(parents).toEqual([]);
    }
  });

  it('loads parents in the order to build them, each with its own steps', async () => {
    await dir.write({
      'sub/base.yml': `name: base\n${DEBIAN}${steps('base')}`,
      'mid.yml': `name: mid\nfrom: ./sub/base.yml\nvariables: {v: mid}\n${steps('mid')}`,
    });
    const recipe = await dir.loadText(`name: top\nfrom: mid.yml\n${steps('top')}`);
    expect(recipe.parents.map((p) => p.name)).toEqual(['base', 'mid']);
    expect(recipe.parents.map(titles)).toEqual([['base'], ['mid']]);
    expect(recipe.root).toMatchObject({ image: 'mid' });
    expect(titles(recipe)).toEqual(['top']);
    expect(recipe.variables).toEqual({});
  });

  it('never goes round, and never meets its own name', async () => {
    await dir.write({ 'b.yml': 'name: b\nfrom: r.yml\n', 'same.yml': `name: a\n${DEBIAN}` });
    expect((await dir.mistakesIn('name: a\nfrom: b.yml\n'))[0]).toContain(
      'b.yml:2:7 recipe/cycle: from goes round in a circle: r.yml:2:7 → b.yml:2:7 → r.yml',
    );
    expect((await dir.mistakesIn('name: a\nfrom: ./r.yml\n'))[0]).toContain('r.yml:2:7 recipe/cycle');
    expect((await dir.mistakesIn('name: a\nfrom: same.yml\n'))[0]).toContain('r.yml:2:7 recipe/same-name');
    expect(await dir.mistakesIn('name: a\nfrom: same.yml\n', { name: 'b' }).catch(String)).toBe(
      'Error: nothing was refused',
    );
  });
});
