import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kernelServer } from '../../../test/support/kernel-server.ts';
import { pathsUnder } from '../../system/paths.ts';
import type { Export } from './export.ts';
import { exported } from './fixture.ts';
import { applyToKernel, exportsFile, exportsText, fsidOf, inForce, parseExports } from './kernel.ts';

let directory: string;
let server: ReturnType<typeof kernelServer>;
const paths = pathsUnder('/nowhere');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-kernel-'));
  server = kernelServer(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => `${paths.exports}/${name}`;
const one = (name: string, more: Partial<Export> = {}) => exported(at(name), more);
const shared = one('trees/a', { clients: ['10.0.0.0/24', '10.1.0.0/16'], write: false, squash: true });

test('the text as exports(5) has it', () => {
  const lines = exportsText([shared, one('nodes/c/n1', { labels: true }), one('x', { clients: [] })]).split(
    '\n',
  );
  const uuid = (name: string) => fsidOf(at(name));
  expect(lines.slice(1)).toEqual([
    `/nowhere/srv/slipway/trees/a 10.0.0.0/24(ro,sync,all_squash,anonuid=65533,anongid=65533,no_subtree_check,sec=sys,mountpoint,fsid=${uuid('trees/a')}) 10.1.0.0/16(ro,sync,all_squash,anonuid=65533,anongid=65533,no_subtree_check,sec=sys,mountpoint,fsid=${uuid('trees/a')})`,
    `/nowhere/srv/slipway/nodes/c/n1 10.0.0.1(rw,sync,no_root_squash,no_subtree_check,sec=sys,mountpoint,fsid=${uuid('nodes/c/n1')},security_label)`,
    '',
  ]);
  expect(uuid('a')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(uuid('a')).not.toBe(uuid('b'));
});

const ODD = [
  '/a b',
  '/a"b',
  '/#a',
  '/a#b',
  '/a(b)',
  "/a'b",
  '/a*b?[c]',
  '/a@b%c+d=e~f:g,h',
  '/größe/名',
  '/-a',
  '/a\u00a0b',
  '/040',
];

test('odd paths come out as they went in', () => {
  const wanted = ODD.map((name) => ({ ...one('x'), path: paths.exports + name }));
  const text = exportsText(wanted);
  expect(parseExports(text).map(({ path }) => path)).toEqual(wanted.map(({ path }) => path));
  writeFileSync(join(server.directory, 'x.exports'), text);
  execFileSync(server.exportfs, ['-a']);
  const shown = execFileSync(server.exportfs, ['-s'], { encoding: 'utf8' });
  expect(parseExports(shown)).toEqual(parseExports(text));
});

test('any path of the characters there are', () => {
  const letters = Array.from({ length: 0x100 }, (_, i) => String.fromCodePoint(i)).filter(
    // oxlint-disable-next-line no-control-regex
    (c) => !/[\0-\x1f\x7f\\]/.test(c),
  );
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below;
  for (let i = 0; i < 500; i++) {
    const name = Array.from({ length: 1 + random(12) }, () => letters[random(letters.length)]).join('');
    const wanted = { ...one('x'), path: `${paths.exports}/${name}` };
    expect(parseExports(exportsText([wanted]))[0]?.path).toBe(wanted.path);
  }
});

test.each(['a', '/a\nb', '/a\\b', '/a\0b', '/a\tb'])('%j is no path to export', (path) => {
  expect(() => exportsText([{ ...one('x'), path }])).toThrow(/cannot be exported/);
});

test('adds, changes and takes back, and leaves alone what others export', async () => {
  server.administrator(`/home 10.0.0.1(rw,sync)\n${at('trees/a')} 10.9.9.9(ro,sync)\n`);
  // By exportfs alone, in no file.
  writeFileSync(join(directory, 'etab'), '/data  10.0.0.1(ro,sync)\n');
  expect(await applyToKernel(paths, [shared, one('nodes/c/n1')], server)).toMatchObject({
    added: [`10.0.0.0/24:${at('trees/a')}`, `10.1.0.0/16:${at('trees/a')}`, `10.0.0.1:${at('nodes/c/n1')}`],
    removed: [],
  });
  expect(await applyToKernel(paths, [shared, one('nodes/c/n1')], server)).toEqual({ added: [], removed: [] });

  const moved = one('nodes/c/n1', { clients: ['10.0.0.2'] });
  const done = await applyToKernel(paths, [moved], server);
  expect(done.added).toEqual([`10.0.0.2:${at('nodes/c/n1')}`]);
  expect(done.removed).toHaveLength(3);
  expect(await applyToKernel(paths, [one('nodes/c/n1', { clients: ['10.0.0.2'], write: false })], server)).toEqual({ added: [`10.0.0.2:${at('nodes/c/n1')}`], removed: [] }); // prettier-ignore
  expect((await inForce(paths, server))[0]?.options).toContain('ro');
  await applyToKernel(paths, [], server);
  expect(server.exported().toSorted()).toEqual([
    '10.0.0.1:/data',
    '10.0.0.1:/home',
    `10.9.9.9:${at('trees/a')}`,
  ]);
  expect(readFileSync(exportsFile(paths, server), 'utf8').split('\n')).toHaveLength(2);
});

test('mistakes of others do not stop ours, in either direction', async () => {
  await applyToKernel(paths, [one('nodes/c/n1')], server);
  server.administrator('/home 10.0.0.1(bogus)\n');
  await applyToKernel(paths, [one('nodes/c/n2')], server);
  expect(server.exported()).toEqual([`10.0.0.1:${at('nodes/c/n2')}`]);
});

test('killed between file and exportfs: the next time puts it right', async () => {
  await applyToKernel(paths, [one('nodes/c/n1')], server);
  writeFileSync(join(directory, 'kill'), '');
  const wanted = [one('nodes/c/n2')];
  await expect(applyToKernel(paths, wanted, server)).rejects.toThrow(
    expect.objectContaining({ code: 'nfs/not-exported' }),
  );
  expect(readFileSync(exportsFile(paths, server), 'utf8')).toContain('nodes/c/n2');
  expect(server.exported()).toEqual([`10.0.0.1:${at('nodes/c/n1')}`]);
  rmSync(join(directory, 'kill'));
  await applyToKernel(paths, wanted, server);
  expect(server.exported()).toEqual([`10.0.0.1:${at('nodes/c/n2')}`]);
});

test('without exportfs it is said what to install', async () => {
  const missing = { ...server, exportfs: '/no/such/exportfs' };
  await expect(applyToKernel(paths, [], missing)).rejects.toThrow(
    expect.objectContaining({ code: 'nfs/no-kernel-server' }),
  );
  expect(() => readFileSync(exportsFile(paths, missing))).toThrow();
});

test('installations beside the usual one have files of their own', () => {
  expect(exportsFile(pathsUnder('/'))).toBe('/etc/exports.d/slipway.exports');
  expect(exportsFile(pathsUnder('/trial'))).toMatch(/^\/etc\/exports\.d\/slipway-[0-9a-f]{8}\.exports$/);
});
