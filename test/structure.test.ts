/** What holds for the whole source, whatever it does. */
import { readFileSync, statSync } from 'node:fs';
import { globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const files = globSync('src/**/*.{ts,js}').toSorted();
const work = files.filter((file) => !file.endsWith('.test.ts'));
const text = (file: string) => readFileSync(file, 'utf8');

interface Import {
  path: string;
  /** Erased at run time, or done when it is needed: no part of a cycle. */
  late: boolean;
}

/** Files of ours that a file names, by path from the checkout. */
function imports(file: string): Import[] {
  const found: Import[] = [];
  const add = (target: string | undefined, late: boolean) => {
    if (target?.startsWith('.')) found.push({ path: normalize(join(dirname(file), target)), late });
    else if (target?.startsWith('#')) found.push({ path: join('src', target.slice(1)), late });
  };
  const source = text(file);
  for (const [, type, target] of source.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gm))
    add(target, type !== undefined);
  for (const [, target] of source.matchAll(/^import\s+'([^']+)'/gm)) add(target, false);
  for (const [, target] of source.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) add(target, true);
  return found;
}

const room = (file: string) => file.split('/')[1] ?? '';
const FACES = new Set(['cli', 'server', 'menu']);

test('there is something to look at', () => {
  expect(work.length).toBeGreaterThan(100);
  expect(imports('src/cli/main.ts').map((one) => one.path)).toContain('src/cli/app.ts');
  expect(imports('src/cli/start.js')).toEqual([{ path: 'src/cli/main.ts', late: true }]);
});

test('every import of ours exists', () => {
  const missing = files.flatMap((file) =>
    imports(file)
      .filter(({ path }) => path.startsWith('src/') && !files.includes(path) && !path.endsWith('.json'))
      .map(({ path }) => `${file} -> ${path}`),
  );
  expect(missing).toEqual([]);
});

test('the work knows no face; the ground knows no room', () => {
  const wrong = work.flatMap((file) =>
    imports(file)
      .filter(({ path }) => {
        if (FACES.has(room(file))) return room(file) === 'server' && room(path) === 'cli';
        return FACES.has(room(path)) || (room(file) === 'system' && room(path) !== 'system');
      })
      .map(({ path }) => `${file} -> ${path}`),
  );
  expect(wrong).toEqual([]);
});

test('imports have no cycle', () => {
  const graph = new Map(
    work.map((file) => [file, imports(file).flatMap(({ path, late }) => (late ? [] : [path]))]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of work) expect(visit(file, [])).toBeUndefined();
});

test('no file has more than 400 lines, and half of them less than 150', () => {
  const lengths = work.map((file) => ({ file, lines: text(file).split('\n').length }));
  expect(lengths.filter(({ lines }) => lines > 400)).toEqual([]);
  const sorted = lengths.map(({ lines }) => lines).toSorted((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(150);
});

test('the work neither prints, nor prompts, nor exits', () => {
  const wrong = work
    .filter((file) => !FACES.has(room(file)))
    .flatMap((file) =>
      /\bconsole\.(log|error|warn|info|debug|table)\(|\bprocess\.(stdout|stderr|stdin|exit\b|on\()|@clack/.exec(
        text(file),
      )
        ? [file]
        : [],
    );
  expect(wrong).toEqual([]);
});

test('programs are started in one place only', () => {
  const wrong = work.filter(
    (file) =>
      /from 'node:child_process'/.test(text(file)) &&
      !/^src\/system\/(attached|namespace|process)\.ts$/.test(file),
  );
  expect(wrong).toEqual([]);
});

test('every error that is declared is used', () => {
  const all = work.map(text).join('\n');
  const unused = work.flatMap((file) => {
    const table = /defineErrors\('\w+', \{\n([\s\S]*?)\n\}\);/.exec(text(file))?.[1] ?? '';
    return [...table.matchAll(/^ {2}('?)([a-z][a-z0-9-]*)'?: \{/gm)].flatMap(([, quote, name]) =>
      all.split(`'${name}'`).length - 1 > (quote ? 1 : 0) ? [] : [`${file}: ${name}`],
    );
  });
  expect(unused).toEqual([]);
});

test('no host of a package registry and no path of a build machine stands in the source', () => {
  const wrong = globSync('{src,test,bench,scripts,docs,examples,.ci}/**/*.*')
    .filter((file) => !file.endsWith('structure.test.ts') && statSync(file).isFile())
    .filter((file) => /registry\.npmjs|\/work\/(main|shared|scratch)/.test(text(file)));
  expect(wrong).toEqual([]);
});
