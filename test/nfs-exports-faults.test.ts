/** Exports after crashes, on full disks, by several at once; nodes that boot all together. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readNodeTree } from '../src/nfs/records.ts';
import {
  exportedNode,
  exportedState,
  exportedTree,
  nodeDirectory,
  stateDirectory,
} from '../src/nfs/store.ts';
import { addNodes, setNodes } from '../src/node/registry.ts';
import { loadInstallation, type Installation } from '../src/system/config.ts';
import { Namespace } from '../src/system/namespace.ts';
import { kernelServer } from './support/kernel-server.ts';
import { addNodeTree, addTree, GOLDEN } from './support/nfs-site.ts';
import { temporaryInstallation } from './support/registry.ts';

const SUPPORT = join(import.meta.dirname, 'support');
/** All moments are tried with SLIPWAY_TEST_ALL=1. */
const STRIDE = process.env['SLIPWAY_TEST_ALL'] ? 1 : 5;

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let installation: Installation;
let host: Namespace;
let server: ReturnType<typeof kernelServer>;
let directory: string;

beforeEach(async () => {
  here = await temporaryInstallation();
  const { paths } = here.installation;
  mkdirSync(paths.etc, { recursive: true });
  writeFileSync(join(paths.etc, 'config.yml'), 'nfs: { clients: [10.0.0.0/8] }\n');
  installation = loadInstallation(paths.root);
  directory = join(paths.root, 'server');
  server = kernelServer(directory);
  host = await Namespace.open();
  await addTree(installation);
  await addNodes(here.database.db, 'n[1-3]', { address: '10.0.0.[1-3]' });
  for (const node of ['n1', 'n2', 'n3']) await addNodeTree(installation, node);
});
afterEach(async () => {
  await host[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

/** Last line of exports-child.ts; `killed`. */
async function child(words: string[], killAt?: number): Promise<string> {
  const preload = killAt === undefined ? [] : ['--import', join(SUPPORT, 'kill-at.ts')];
  const argv = [process.execPath, ...preload, join(SUPPORT, 'exports-child.ts'), installation.paths.root, directory, ...words]; // prettier-ignore
  const env = killAt !== undefined && Number.isFinite(killAt) ? { KILL_AT: String(killAt) } : undefined;
  try {
    const { stdout } = await host.run(argv, { env });
    return stdout.trimEnd().split('\n').at(-1) ?? '';
  } catch (error) {
    if (/SIGKILL|exit code 137/.test((error as Error).message)) return 'killed';
    throw error;
  }
}
const reconcile = async () => JSON.parse(await child(['reconcile'])) as { ok: boolean; added: string[]; removed: string[]; problems: unknown[]; code?: string }; // prettier-ignore
const ofNode = (node: string, client = `10.0.0.${node.slice(1)}`) =>
  `${client}:${exportedNode(installation.paths, 'compute', node)}`;
const ofAll = () => `10.0.0.0/8:${exportedTree(installation.paths, GOLDEN)}`;
const forget = (node: string) =>
  rmSync(join(nodeDirectory(installation.paths, 'compute', node), 'node.json'));

test('follows records and registry; nothing is exported that is not mounted', async () => {
  expect(await reconcile()).toMatchObject({ ok: true, added: [], problems: { length: 4 } });
  await child(['up']);
  expect((await reconcile()).added).toHaveLength(4);
  expect(server.exported().toSorted()).toEqual(
    [...['n1', 'n2', 'n3'].map((n) => ofNode(n)), ofAll()].toSorted(),
  );
  forget('n2');
  await setNodes(here.database.db, 'n3', { address: '10.0.0.33' });
  expect(await reconcile()).toMatchObject({ ok: true, added: [ofNode('n3', '10.0.0.33')] });
  expect(server.exported().toSorted()).toEqual([ofNode('n1'), ofNode('n3', '10.0.0.33'), ofAll()].toSorted());
  // What nobody of ours knows any more: from a crash.
  rmSync(join(installation.paths.nfs, 'nodes'), { recursive: true });
  rmSync(installation.paths.published, { recursive: true });
  expect((await reconcile()).removed).toHaveLength(3);
  expect(server.exported()).toEqual([]);
}, 60_000);

test('killed at any moment: the next one puts it right', async () => {
  await child(['up']);
  await reconcile();
  const change = async (n: number) => {
    forget('n2');
    await addNodeTree(installation, 'n2', { data: `data-0000${(1000 + n).toString()}` });
    await setNodes(here.database.db, 'n1', { address: `10.0.1.${n}` });
    rmSync(join(installation.paths.nfs, 'exports.json'), { force: true });
  };
  await change(250);
  const total = Number(/operations (\d+)/.exec(await child(['reconcile'], Infinity))?.[1]);
  expect(total).toBeGreaterThan(8);
  for (let n = 1; n <= total; n += STRIDE) {
    await change(n);
    expect(await child(['reconcile'], n), `killed at ${n}`).toBe('killed');
    expect(await reconcile(), `killed at ${n}`).toMatchObject({ ok: true });
    expect(server.exported().toSorted(), `killed at ${n}`).toEqual(
      [ofNode('n1', `10.0.1.${n}`), ofNode('n2'), ofNode('n3'), ofAll()].toSorted(),
    );
  }
}, 120_000);

test('a full disk leaves the file and what is exported as they were', async () => {
  await child(['up']);
  await reconcile();
  const [before] = [server.exported()];
  await host.run(['mount', '-t', 'tmpfs', '-o', 'size=4k', 'none', server.directory]);
  const inside = (file: string) => `/proc/${host.pid}/root${join(server.directory, file)}`;
  writeFileSync(inside('fill.exports.off'), 'x'.repeat(4096));
  await setNodes(here.database.db, 'n1', { address: '10.0.1.1' });
  expect(await reconcile()).toMatchObject({ code: 'nfs/no-space' });
  expect(server.exported()).toEqual(before);
  rmSync(inside('fill.exports.off'));
  expect(existsSync(inside('slipway.exports'))).toBe(false);
  expect(await reconcile()).toMatchObject({ ok: true });
  expect(server.exported()).toContain(ofNode('n1', '10.0.1.1'));
}, 60_000);

test('two at once', async () => {
  await child(['up']);
  const both = await Promise.all([child(['reconcile']), child(['reconcile']), child(['reconcile'])]);
  for (const one of both) expect(JSON.parse(one)).toMatchObject({ ok: true });
  expect(server.exported()).toHaveLength(4);
}, 60_000);

test('nodes that boot all at once are admitted in few rounds, and then at once', async () => {
  const many = 300;
  await addNodes(here.database.db, `s[1-${many}]`);
  const rounds = join(directory, 'rounds');
  const script = readFileSync(server.exportfs, 'utf8').replace('\nexec', `\n[ "$1" = -s ] || echo "$1" >> '${rounds}'\nexec`); // prettier-ignore
  writeFileSync(server.exportfs, script);
  // Twice: the second time nothing is to be done.
  expect(JSON.parse(await child(['storm', String(many)]))).toBe('admitted');
  expect(readFileSync(rounds, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(2);
  expect(server.exported()).toHaveLength(many);
  expect(server.exported()).toContain(`10.2.0.7:${exportedState(installation.paths, 's7')}`);
  expect(existsSync(stateDirectory(installation.paths, 's7'))).toBe(true);
}, 120_000);

test('the registry has the last word on who a node is', async () => {
  const { paths } = installation;
  await addNodes(here.database.db, 'f1,f2');
  for (const node of ['f1', 'f2']) await addNodeTree(installation, node);
  await child(['up']);
  const admit = async (node: string, client: string) =>
    JSON.parse(await child(['admit', node, client])) as unknown;
  expect(await admit('n1', '10.0.0.1')).toBe('admitted');
  // Another address than the registry has.
  expect(await admit('n1', '10.0.0.99')).toMatchObject({ code: 'nfs/not-admitted', why: expect.stringContaining('10.0.0.1') as string }); // prettier-ignore
  // An address that is another node's.
  expect(await admit('f1', '10.0.0.2')).toMatchObject({ code: 'nfs/not-admitted' });
  expect(await admit('f1', '127.0.0.1')).toMatchObject({ code: 'nfs/not-admitted' });
  expect(await admit('f1', '10.0.0.50')).toBe('admitted');
  expect((await readNodeTree(paths, 'compute', 'f1'))?.client).toBe('10.0.0.50');
  // Somebody else has it now: the one who had it before loses it.
  expect(await admit('f2', '10.0.0.50')).toBe('admitted');
  expect(server.exported()).toContain(ofNode('f2', '10.0.0.50'));
  expect(server.exported()).not.toContain(ofNode('f1', '10.0.0.50'));
  expect(server.exported().some((one) => /10\.0\.0\.(99|2):.*\/(n1|f1)$/.test(one))).toBe(false);
}, 60_000);
