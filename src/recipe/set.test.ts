import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseYaml } from '../system/yaml.ts';
import { DEBIAN, errorsOf, RecipeDirectory } from './fixture.ts';
import { applyOverrides, parseSet } from './set.ts';

let dir: RecipeDirectory;
beforeEach(async () => {
  dir = await RecipeDirectory.open();
});
afterEach(async () => {
  await dir[Symbol.asyncDispose]();
});

const RECIPE = `name: a\n${DEBIAN}variables: {x: 1}\nsteps:\n  - packages: [htop]\n  - run: {script: 'true'}\n`;
const set = (...values: string[]) => ({ set: values });

describe('--set', () => {
  it.each([
    ['text', 'description=hello world', { description: 'hello world' }],
    ['a key within', 'source.debian.suite=trixie', { root: { source: { debian: { suite: 'trixie' } } } }],
    ['a number', 'variables.x=2', { variables: { x: 2 } }],
    ['a boolean', 'variables.y=true', { variables: { x: 1, y: true } }],
    ['text in quotes', 'variables.y="true"', { variables: { x: 1, y: 'true' } }],
    ['text with =', 'variables.y=a=b', { variables: { x: 1, y: 'a=b' } }],
    ['empty text', 'variables.y=""', { variables: { x: 1, y: '' } }],
    ['a list', 'source.debian.components=[main, contrib]', { root: { source: { debian: { components: ['main', 'contrib'] } } } }],
    ['an entry of a list', 'steps.0.packages.0=vim', { steps: [{ step: { packages: { install: ['vim'] } } }, {}] }],
    ['one more entry', 'steps.0.packages.1=vim', { steps: [{ step: { packages: { install: ['htop', 'vim'] } } }, {}] }],
    ['one more step', 'steps.2={run: echo}', { steps: [{}, {}, { step: { run: { script: 'echo' } } }] }],
    ['maps that are not there yet', 'pack.compression=3', { pack: { compression: 3 } }],
    ['lists that are not there yet', 'source.debian.packages.0=vim', { root: { source: { debian: { packages: ['vim'] } } } }],
    ['a whole part', 'variables={}', { variables: {} }],
  ])('sets %s', async (_, text, expected) => {
    expect(await dir.loadText(RECIPE, set(text))).toMatchObject(expected);
  }); // prettier-ignore

  it('takes several, in their order', async () => {
    const { variables } = await dir.loadText(RECIPE, set('variables.x=2', 'variables.y=3', 'variables.x=4'));
    expect(variables).toEqual({ x: 4, y: 3 });
  });

  it.each([
    ['no =', 'foo', '--set foo recipe/set-form'],
    ['no key', '=x', '--set =x recipe/set-form'],
    ['an empty part', 'a..b=1', '--set a..b=1 recipe/set-form'],
    ['an unknown key', 'source.debian.suit=x', '--set source.debian.suit=x yaml/unknown-key: Unknown key "suit" | Did you mean "suite"?'],
    ['a wrong type', 'pack.compression=high', '--set pack.compression=high yaml/wrong-value: pack.compression: must be'],
    ['yes', 'clean.logs=yes', 'write true.'],
    ['nothing', 'variables.x=', '--set variables.x= yaml/wrong-value: variables.x: must be text or a number or true or false, not empty'],
    ['no YAML', 'variables.x=[1', '--set variables.x=[1 yaml/syntax'],
    ['a name in a list', 'steps.x=1', '--set steps.x=1 recipe/set-path: steps.x: steps is a list | Count its entries from 0: steps.0 to steps.2.'],
    ['an entry far away', 'steps.9=1', '--set steps.9=1 recipe/set-path: steps.9: the list has 2 entries | Change one of them, or add one: steps.2.'],
    ['a negative entry', 'steps.-1=1', 'recipe/set-path'],
    ['below a single value', 'name.x=1', '--set name.x=1 recipe/set-path: name.x: name is a single value | Set name itself.'],
    ['__proto__', '__proto__.x=1', 'yaml/unknown-key: Unknown key "__proto__"'],
    ['constructor', 'variables.constructor.name=1', 'yaml/wrong-value'],
  ])('refuses %s', async (_, text, expected) => {
    expect((await dir.mistakesIn(RECIPE, set(text))).join('\n')).toContain(expected);
    expect(({} as { x?: number }).x).toBeUndefined();
  }); // prettier-ignore

  it('tells all at once, beside the mistakes of the recipe', async () => {
    const found = await dir.mistakesIn(`${RECIPE}stpes: []\n`, set('variables.x=[]', 'pack.formt=erofs'));
    expect(found).toHaveLength(3);
    expect(found.join('\n')).toMatch(/--set variables\.x=\[\].*\n.*--set pack\.formt=erofs.*\n.*r\.yml:7:1/);
    expect(await dir.mistakesIn(RECIPE, set('foo', 'bar', 'steps.9=1'))).toHaveLength(3);
  });

  it('never tells the value of a secret', async () => {
    for (const text of ['variables.password=[hunter2', 'variables.api_token=[hunter2]'])
      for (const error of await errorsOf(dir.loadText(RECIPE, set(text))))
        expect(JSON.stringify([error, error.message, error.why, error.todo])).not.toContain('hunter2');
  });

  it('points to the file for what it did not set', async () => {
    const found = await dir.mistakesIn(RECIPE.replace('htop', '-bad'), set('steps.0.packages.1=also/bad'));
    expect(found.map((line) => line.split(' yaml/')[0])).toEqual([
      '--set steps.0.packages.1=also/bad',
      'r.yml:5:16',
    ]);
  });

  it('belongs to the recipe alone, not to its parents', async () => {
    await dir.write({ 'p.yml': `name: p\n${DEBIAN}variables: {x: parent}\n` });
    const recipe = await dir.loadText('name: a\nfrom: p.yml\n', set('variables.x=1'));
    expect([recipe.variables, recipe.parents[0]?.variables]).toEqual([{ x: 1 }, { x: 'parent' }]);
  });
});

describe('properties', () => {
  const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/).filter((k) => !(k in {}));
  const json = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });

  it('every JSON value arrives as it is', () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), json, (path, value) => {
        const override = parseSet(`${path.join('.')}=${JSON.stringify(value)}`);
        expect(override.path).toEqual(path);
        // JSON has no -0, YAML has.
        expect(JSON.stringify(override.value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('what was set is found again, all else stays, and the document is not changed', () => {
    const source = parseYaml('a: &x {b: {c: 1}}\nl: [1, 2]\nm: *x\n', 'f');
    const before = JSON.stringify(source.value);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('b', 'c', 'n'), key), { minLength: 1, maxLength: 4 }),
        (rest) => {
          fc.pre(!(rest[0] === 'b' && rest[1] === 'c' && rest.length > 2));
          const path = ['a', ...rest];
          const place = { file: '--set' };
          const { value } = applyOverrides(source, [{ path, value: 'new', place }]);
          const found = path.reduce<unknown>((v, k) => (v as Record<string, unknown>)[k], value);
          expect(found).toBe('new');
          // `m` is the same node by an alias.
          expect(value).toMatchObject({ l: [1, 2], m: { b: { c: 1 } } });
          expect(JSON.stringify(source.value)).toBe(before);
        },
      ),
    );
  });

  it('any text is taken or refused by an error of ours', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          applyOverrides(parseYaml('a: {b: [1]}', 'f'), [parseSet(text)]);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^(recipe|yaml)\//));
        }
      }),
    );
  });
});
