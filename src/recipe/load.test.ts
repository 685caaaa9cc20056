import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SlipwayEvent } from '../system/events.ts';
import { DEBIAN, RecipeDirectory } from './fixture.ts';

let dir: RecipeDirectory;
beforeEach(async () => {
  dir = await RecipeDirectory.open();
});
afterEach(async () => {
  await dir[Symbol.asyncDispose]();
});

describe('loadRecipe', () => {
  it('resolves a recipe, with places', async () => {
    const recipe = await dir.loadText(
      `name: web\ndescription: one line\n${DEBIAN}variables: {a: 1, b: true, c: x}\nsteps:\n  - packages: [htop]\n  - run: echo\n`,
    );
    expect(recipe).toMatchObject({
      name: 'web',
      description: 'one line',
      file: join(dir.path, 'r.yml'),
      parents: [],
      variables: { a: 1, b: true, c: 'x' },
      clean: { logs: true, machine_id: true, host_keys: true, apt_lists: true },
      pack: { format: 'squashfs', layers: 'each' },
      epoch: undefined,
    });
    expect(recipe.root).toMatchObject({ source: { debian: { suite: 'bookworm' } }, base: dir.path });
    expect(recipe.steps.map((s) => [s.place.line, s.place.column, s.base])).toEqual([
      [6, 5, dir.path],
      [7, 5, dir.path],
    ]);
    expect(recipe.steps[0]?.step).toEqual({
      packages: { install: ['htop'], remove: [], recommends: false },
    });
  });

  it.each([
    ['neither from nor source', 'name: a\n', 'r.yml:1:1 recipe/no-root'],
    ['both', `name: a\nfrom: b:1\n${DEBIAN}`, 'r.yml:3:1 recipe/two-roots'],
    ['a path as name', `name: ../x\n${DEBIAN}`, 'r.yml:1:7 yaml/wrong-value: name: must start with a letter'],
    ['a digest as name', `name: ${'a'.repeat(63)}b\n${DEBIAN}`, 'r.yml:1:7 yaml/wrong-value'],
    ['a reserved name', `name: sha256\n${DEBIAN}`, 'r.yml:1:7 recipe/bad-name'],
    ['a bad reference', 'name: a\nfrom: b:c:d\n', 'r.yml:2:7 recipe/bad-from'],
    ['an upper-case reference', 'name: a\nfrom: Debian\n', 'r.yml:2:7 recipe/bad-from'],
    ['no day', `name: a\n${DEBIAN}date: 2026-02-30\n`, 'r.yml:3:7 yaml/wrong-value: date: is no day'],
    ['a name in another notation', `name: 12\n${DEBIAN}`, 'r.yml:1:7 yaml/wrong-value: name: must be text, not 12 | Put it in quotes: "12".'],
    ['an empty file', '', 'r.yml:1:1 yaml/wrong-value: name: is required'],
    ['a list', '- a\n', 'r.yml:1:1 yaml/wrong-value: the document: must be a map'],
  ])('refuses %s', async (_, text, expected) => {
    const found = await dir.mistakesIn(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  }); // prettier-ignore

  it('tells all mistakes at once, from top to bottom, each with its place and a suggestion', async () => {
    await dir.write({ 'files/motd': 'hello' });
    const found = await dir.mistakesIn(`name: a
source:
  debian: {suite: bookworm, vairant: minbase}
clean: {logs: yes}
pack: {format: squashf}
steps:
  - package: [a]
  - packages: htop
  - packages: [a]
    run: b
  - files:
      - {to: /a, content: x, mode: 0644}
      - {to: b, content: x}
  - {}
stpes: []
`);
    expect(found.map((line) => line.replace(/not "b" \|.*/, 'not "b"'))).toEqual([
      'r.yml:3:29 yaml/unknown-key: Unknown key "vairant" | Did you mean "variant"?',
      'r.yml:4:15 yaml/wrong-value: clean.logs: must be true or false, not "yes" | YAML 1.2 has only true and false: write true.',
      'r.yml:5:16 yaml/wrong-value: pack.format: must be one of squashfs, erofs, not "squashf" | Did you mean squashfs?',
      'r.yml:7:5 yaml/unknown-kind: Unknown step "package" | Did you mean "packages"?',
      'r.yml:8:15 yaml/wrong-value: steps.1.packages: must be a list or a map, not "htop" | Write a list: [htop]',
      'r.yml:10:5 yaml/several-kinds: steps.2: one step cannot be both packages and run | Make two of it, or remove one of the keys.',
      'r.yml:12:36 yaml/wrong-value: steps.3.files.0.mode: must be text, not 644 | Put it in quotes: "0644".',
      'r.yml:13:14 yaml/wrong-value: steps.3.files.1.to: must be an absolute path inside the image, not "b"',
      'r.yml:14:5 yaml/no-kind: steps.4: the step does not say what it is | Add one of these keys, or remove the step.',
      'r.yml:15:1 yaml/unknown-key: Unknown key "stpes" | Did you mean "steps"?',
    ]);
  });

  it('goes on from the form to files, templates and parents', async () => {
    await dir.write({
      't.liquid': '{{ nmae }}',
      'p.yml': `name: p\n${DEBIAN}steps: [{run: {file: gone.sh}}]\n`,
      'f.yml': 'steps: [{packages: [a], runn: b}]\n',
      'r.yml': `name: a\nfrom: p.yml\ninclude: [f.yml, g.yml]\nvariables: {name: x}\nsteps:\n  - files: [{to: /a, template: t.liquid}]\n  - files: [{to: /b, copy: t.liqud}]\n`,
    });
    const found = await dir.mistakes('r.yml');
    expect(found.toSorted()).toEqual([
      'f.yml:1:25 yaml/unknown-key: Unknown key "runn" | Did you mean "run"?',
      'p.yml:3:22 recipe/missing-file: gone.sh does not exist | Make the file, or correct the path.',
      'r.yml:3:18 recipe/missing-file: g.yml does not exist | Did you mean f.yml?',
      'r.yml:7:28 recipe/missing-file: t.liqud does not exist | Did you mean t.liquid?',
      't.liquid:1:4 template/variable: The template uses the variable nmae, which the recipe does not have | Did you mean name?',
    ]);
  });

  it('takes the name of the command line, and judges it too', async () => {
    expect((await dir.loadText(`name: a\n${DEBIAN}`, { name: 'b' })).name).toBe('b');
    expect((await dir.loadText(DEBIAN, { name: 'b' })).name).toBe('b');
    expect(await dir.mistakesIn(DEBIAN, { name: '../b' })).toEqual([
      expect.stringContaining('--name ../b yaml/wrong-value: name: must start with'),
    ]);
  });
});

describe('the recipe file itself', () => {
  it('must be a regular file of text, within limits', async () => {
    execFileSync('mkfifo', [join(dir.path, 'pipe')]);
    await dir.write({
      'binary.yml': Buffer.from([0x6e, 0xff, 0xfe]),
      'large.yml': `#${'x'.repeat(1 << 20)}`,
    });
    expect(await dir.mistakes('gone.yml')).toEqual([
      'recipe/missing-file: gone.yml does not exist | Make the file, or correct the path.',
    ]);
    expect((await dir.mistakes('pipe'))[0]).toContain('recipe/wrong-type: pipe is a named pipe, not a file');
    expect((await dir.mistakes('.'))[0]).toContain('is a directory, not a file');
    expect((await dir.mistakes('binary.yml'))[0]).toContain('recipe/not-text');
    expect((await dir.mistakes('large.yml'))[0]).toContain('recipe/too-large');
  });

  it.each([
    ['aliases that grow', `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`).join()}]`).join('\n')}\n`, 'yaml/syntax: Not valid YAML: Excessive alias count'],
    ['deep nesting', '['.repeat(100_000), 'yaml/syntax: Not valid YAML: nested too deeply'],
    ['a key twice', `name: a\nname: b\n${DEBIAN}`, 'r.yml:2:1 yaml/syntax: Not valid YAML: Map keys must be unique'],
    ['tabs', 'name: a\nsource:\n\tdebian: {}\n', 'r.yml:3:1 yaml/syntax'],
    ['tags', `name: !!js/function a\n${DEBIAN}`, 'r.yml:1:7 yaml/syntax'],
    ['two documents', `name: a\n${DEBIAN}---\nname: b\n`, 'yaml/syntax'],
  ])('refuses %s', async (_, text, expected) => {
    expect((await dir.mistakesIn(text))[0]).toContain(expected);
  }); // prettier-ignore

  it('treats __proto__ as any unknown key', async () => {
    expect((await dir.mistakesIn(`name: a\n${DEBIAN}__proto__: {polluted: 1}\n`))[0]).toMatch(
      /^r\.yml:3:1 yaml\/unknown-key: Unknown key "__proto__"/,
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('knows a cycle over symbolic links', async () => {
    await dir.write({ 'r.yml': `name: a\n${DEBIAN}include: [f.yml]\n`, 'f.yml': 'include: [g.yml]\n' });
    await symlink('f.yml', join(dir.path, 'g.yml'));
    expect((await dir.mistakes('r.yml'))[0]).toContain('f.yml:1:11 recipe/cycle: include goes round');
  });
});

describe('date', () => {
  it('wins over SOURCE_DATE_EPOCH, which wins over nothing', async () => {
    const dated = `name: a\n${DEBIAN}date: 2026-01-31\n`;
    expect((await dir.loadText(dated, { env: { SOURCE_DATE_EPOCH: '5' } })).epoch).toBe(1769817600);
    const exact = `name: a\n${DEBIAN}date: 2026-01-31T12:00:01Z\n`;
    expect((await dir.loadText(exact)).epoch).toBe(1769860801);
    const plain = `name: a\n${DEBIAN}`;
    expect((await dir.loadText(plain, { env: { SOURCE_DATE_EPOCH: '5' } })).epoch).toBe(5);
    expect((await dir.loadText(plain)).epoch).toBeUndefined();
  });

  it.each(['-1', 'today', '1e9', ' 5', '99999999999'])('refuses SOURCE_DATE_EPOCH=%s', async (value) => {
    expect(await dir.mistakesIn(`name: a\n${DEBIAN}`, { env: { SOURCE_DATE_EPOCH: value } })).toEqual([
      expect.stringMatching(/^SOURCE_DATE_EPOCH recipe\/bad-epoch/),
    ]);
  });
});

describe('notices', () => {
  it('warns of a fragment that has nothing', async () => {
    const events: SlipwayEvent[] = [];
    await dir.write({ 'f.yml': '' });
    await dir.loadText(`name: a\n${DEBIAN}include: [f.yml]\n`, { sink: (event) => events.push(event) });
    expect(events).toMatchObject([{ event: 'notice', level: 'warning', where: { line: 3, column: 11 } }]);
  });
});
