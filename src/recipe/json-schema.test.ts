import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { recipeJsonSchema } from './json-schema.ts';
import { loadRecipe } from './load.ts';
import { RecipeSchema } from './schema.ts';

const schema = recipeJsonSchema();
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false, allErrors: true }).compile(schema); // prettier-ignore
const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const recipes = readdirSync(examples).filter((name) => name.endsWith('.yml'));

describe('the examples', () => {
  it('are both there', () => {
    expect(recipes).toEqual(expect.arrayContaining(['debian-minimal.yml', 'debian-compute.yml']));
  });

  it.each(recipes)('%s loads, and the JSON Schema takes it', async (name) => {
    const { name: image } = await loadRecipe(`${examples}${name}`, { env: {} });
    expect(`${image}.yml`).toBe(name);
    validate(parse(readFileSync(`${examples}${name}`, 'utf8')));
    expect(validate.errors).toBeNull();
  });
});

describe('the JSON Schema', () => {
  it('is of draft 2020-12', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Slipway recipe',
      type: 'object',
      required: ['name'],
      additionalProperties: false,
    });
  });

  const base = { name: 'a', source: { debian: { suite: 'bookworm' } } };
  it.each([
    ['the smallest recipe', base, true],
    ['short forms', { ...base, steps: [{ packages: ['htop'] }, { run: 'true' }] }, true],
    ['an unknown key', { ...base, stpes: [] }, false],
    ['no name', { source: base.source }, false],
    ['a path as name', { ...base, name: '../x' }, false],
    ['yes for a boolean', { ...base, clean: { logs: 'yes' } }, false],
    ['an unknown source', { name: 'a', source: { debain: { suite: 'bookworm' } } }, false],
    ['an unknown step', { ...base, steps: [{ package: ['a'] }] }, false],
    ['two kinds in one step', { ...base, steps: [{ packages: ['a'], run: 'b' }] }, false],
    ['a number for a mode', { ...base, steps: [{ files: [{ to: '/a', content: '', mode: 644 }] }] }, false],
    ['a path that is not absolute', { ...base, steps: [{ files: [{ to: 'a', content: '' }] }] }, false],
    ['a clear password', { ...base, steps: [{ users: [{ name: 'a', password: 'secret' }] }] }, false],
  ])('%s: as the loader judges it', (_, recipe, good) => {
    expect(validate(recipe)).toBe(good);
    expect(RecipeSchema.safeParse(recipe).success).toBe(good);
  });

  it('describes every key', () => {
    const bare: string[] = [];
    const look = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties } = node as { properties?: Record<string, { description?: string }> };
      for (const [key, value] of Object.entries(properties ?? {}))
        if (!value.description) bare.push(`${path}/${key}`);
      for (const [key, value] of Object.entries(node)) look(value, `${path}/${key}`);
    };
    look(schema, '');
    expect(bare).toEqual([]);
  });
});
