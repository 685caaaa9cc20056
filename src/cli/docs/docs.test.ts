import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allErrors } from '../all-errors.ts';
import { inline } from './markdown.ts';
import { generatedPages } from './pages.ts';
import { manualPage } from './roff.ts';

const checkout = join(import.meta.dirname, '../../..');

test('docs/reference and man are as the code says (else: make docs)', async () => {
  const pages = await generatedPages();
  const present: string[] = [];
  for await (const file of glob(['docs/reference/*.md', 'man/*.[1-8]'], { cwd: checkout }))
    present.push(file);
  expect(present.toSorted()).toEqual([...pages.keys()].toSorted());
  for (const [path, content] of pages) expect(readFileSync(join(checkout, path), 'utf8'), path).toBe(content);
});

test('every error says what, why and what to do, with parameters that its code can name', async () => {
  for (const [code, { what, why, todo }] of await allErrors()) {
    expect(code).toMatch(/^[a-z]+\/[a-z][a-z0-9-]*$/);
    for (const text of [what, why, todo]) expect(text.trim(), code).not.toBe('');
  }
});

test('manual pages are without a complaint of groff', async () => {
  for (const [path, content] of await generatedPages()) {
    if (!path.startsWith('man/')) continue;
    const { status, stderr } = spawnSync('man', ['--warnings=all', '--local-file', '-'], {
      input: content,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '100', MANROFFSEQ: '' },
    });
    expect({ path, status, stderr: stderr.trim() }).toEqual({ path, status: 0, stderr: '' });
  }
});

test('what looks like a request or an escape stands in a manual page as it was written', () => {
  const page = manualPage(
    {
      name: 'x',
      section: 1,
      brief: 'b',
      blocks: [
        { kind: 'paragraph', text: ".SH it's \\fB and --flag\n'x" },
        { kind: 'code', lines: ['.TH', "'"] },
      ],
    },
    '1',
  );
  const { stdout } = spawnSync('man', ['--local-file', '-'], {
    input: page,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '100', MAN_KEEP_FORMATTING: '' },
  });
  expect(stdout).toContain(".SH it's \\fB and --flag 'x");
  expect(stdout).toMatch(/^ +\.TH\n +'$/m);
});

test('Markdown escapes what is not code', () =>
  expect(inline('a_b <x> `a_b <x>` *')).toBe('a\\_b \\<x\\> `a_b <x>` \\*'));
