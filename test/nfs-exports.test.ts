/** nfs-ganesha as `slipway serve` runs it, asked by a client of its own: who may what. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ExportReport } from '../src/nfs/exports/compare.ts';
import { exportedNode, exportedTree, nodeDirectory, treeRoot } from '../src/nfs/store.ts';
import { addNodes, setNodes } from '../src/node/registry.ts';
import { loadInstallation, type Installation } from '../src/system/config.ts';
import type { ServeEvent, SlipwayEvent } from '../src/system/events.ts';
import type { Child } from '../src/system/process.ts';
import { addNodeTree, addTree, GOLDEN } from './support/nfs-site.ts';
import { temporaryInstallation } from './support/registry.ts';
import { twoHosts, type TwoHosts } from './support/two-hosts.ts';

const SUPPORT = join(import.meta.dirname, 'support');
/** Addresses of the client's host, by which it is one node or another. */
const N1 = '10.9.0.50';
const N2 = '10.9.0.51';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let installation: Installation;
let hosts: TwoHosts;
let running: Child | undefined;
let events: SlipwayEvent[];

beforeEach(async () => {
  here = await temporaryInstallation();
  hosts = await twoHosts();
  await hosts.client.run(['ip', 'address', 'add', `${N2}/24`, 'dev', 'v1']);
  // nfs-ganesha and rpcbind keep things there wherever the installation is.
  await hosts.server.run(['mount', '-t', 'tmpfs', 'none', '/run']);
  events = [];
  await addNodes(here.database.db, 'n1', { address: N1 });
  await addNodes(here.database.db, 'n2', { address: N2 });
  await configure('4.2');
  await addTree(installation);
});
afterEach(async () => {
  running?.stop(10_000);
  await running?.done.catch(() => {});
  await hosts[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
}, 60_000);

async function configure(version: string, more = ''): Promise<void> {
  const { paths } = here.installation;
  mkdirSync(paths.etc, { recursive: true });
  const nfs = `nfs: { server: ganesha, version: '${version}'${more} }`;
  writeFileSync(
    join(paths.etc, 'config.yml'),
    `serve: { interface: v0, syslog: 0 }\ndhcp: { mode: off }\n${nfs}\n`,
  );
  installation = loadInstallation(paths.root);
}

const nfs = (state: string) =>
  events.filter(
    (event): event is ServeEvent =>
      event.event === 'serve' && event.kind === 'nfs' && event.fields?.['state'] === state,
  );

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`in vain waited for: ${what}; ${JSON.stringify(events.slice(-10))}`);
}

async function serve(): Promise<void> {
  const argv = [process.execPath, join(SUPPORT, 'serve-process.ts'), installation.paths.root, '8080'];
  running = hosts.server.start(argv, { onLine: (line) => events.push(JSON.parse(line) as SlipwayEvent) });
  let ended: unknown;
  running.done.catch((error: unknown) => (ended = error));
  await until(() => {
    if (ended) throw ended;
    return events.some((event) => event.event === 'serve' && event.kind === 'listening');
  }, 'the server');
}

/** A command on the server's host, as an administrator there would give it. */
async function slipway(...words: string[]): Promise<string> {
  const cli = join(import.meta.dirname, '../bin/slipway');
  const argv = ['env', `SLIPWAY_ROOT=${installation.paths.root}`, cli, ...words, '--json'];
  const { stdout } = await hosts.server.run(argv, { okCodes: [0, 1] });
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}
const exportsCommand = async (...words: string[]) =>
  JSON.parse(await slipway('nfs', 'exports', ...words)) as ExportReport;

/** Runs a tool of libnfs as a node. Its exit code and what it said. */
async function as(
  address: string,
  tool: 'nfs-ls' | 'nfs-cat' | 'nfs-cp',
  ...words: string[]
): Promise<string> {
  await hosts.client.run(['ip', 'route', 'replace', '10.9.0.0/24', 'dev', 'v1', 'src', address]);
  const { code, stdout, stderr } = await hosts.client.run([tool, ...words], {
    okCodes: Array.from({ length: 256 }, (_, i) => i),
    timeout: 60_000,
  });
  return code === 0 ? stdout : `refused: ${stderr}`;
}
/** A client that reads a file: its beginning, and the rest when `go` is there. */
function readSlowly(path: string): { go: string; digest: Promise<string> } {
  const go = join(installation.paths.root, 'go');
  const script = `nfs-cat '${url(path)}' | { head -c 4096; until [ -e '${go}' ]; do sleep 0.1; done; cat; } | sha256sum`;
  const reader = hosts.client.run(['sh', '-c', script], { timeout: 100_000 });
  return { go, digest: reader.then(({ stdout }) => stdout.split(' ')[0] ?? '') };
}
const mounts = async () => (await hosts.server.run(['cat', '/proc/self/mounts'])).stdout;
const url = (path: string, version = 4) => `nfs://10.9.0.1${path}?version=${version}`;
const treeOf = (node: string) => exportedNode(installation.paths, 'compute', node);
const shared = () => exportedTree(installation.paths, GOLDEN);

test('a node has its own tree and no other; the shared one is read-only, without root', async () => {
  await addNodeTree(installation, 'n1');
  await addNodeTree(installation, 'n2');
  await serve();
  const file = join(installation.paths.root, 'new');
  writeFileSync(file, 'of n1\n');

  expect(await as(N1, 'nfs-cat', url(`${treeOf('n1')}/etc/shadow`))).toBe('secret\n');
  expect(await as(N1, 'nfs-cp', file, url(`${treeOf('n1')}/new`))).toContain('copied 6 bytes');
  expect(await as(N1, 'nfs-ls', url(treeOf('n2')))).toMatch(/^refused: .*(NOENT|ACCESS|PERM)/);
  expect(await as(N2, 'nfs-cat', url(`${treeOf('n1')}/new`))).toMatch(/^refused/);
  expect(await as(N2, 'nfs-ls', url(treeOf('n2')))).toContain('etc');

  expect(await as(N2, 'nfs-cat', url(`${shared()}/etc/motd`))).toBe('golden\n');
  // Whoever it says that it is.
  for (const who of ['', '&uid=0&gid=0', '&uid=1000&gid=42'])
    expect(await as(N2, 'nfs-cat', `${url(`${shared()}/etc/shadow`)}${who}`)).toMatch(/^refused: .*ACCESS/);
  expect(await as(N2, 'nfs-cp', file, url(`${shared()}/new`))).toMatch(/^refused: .*ROFS/);
  expect(await as(N2, 'nfs-cat', url(`${treeOf('n2')}/new`))).toMatch(/^refused: .*NOENT/);
}, 120_000);

test('exports come and go while it serves, and follow the registry', async () => {
  await addNodeTree(installation, 'n1');
  const big = Buffer.alloc(64 << 20, 'slipway ');
  writeFileSync(join(treeRoot(installation.paths, GOLDEN), 'big'), big);
  await serve();
  const reading = readSlowly(`${shared()}/big`);
  await addNodeTree(installation, 'n2');
  expect(await as(N2, 'nfs-ls', url(treeOf('n2')))).toMatch(/^refused/);
  // Not mounted yet: that is `slipway nfs up`.
  expect((await exportsCommand()).exports.find(({ node }) => node === 'n2')?.state).toBe('cannot');
  await slipway('nfs', 'up');
  expect(await exportsCommand('--apply')).toMatchObject({ ok: true, serving: true });
  expect(await as(N2, 'nfs-ls', url(treeOf('n2')))).toContain('etc');

  // Other addresses in the registry: by itself.
  await setNodes(here.database.db, 'n1', { address: '10.9.0.99' });
  await until(async () => (await as(N1, 'nfs-ls', url(treeOf('n1')))).startsWith('refused'), 'n1 to be refused'); // prettier-ignore
  expect(await as(N2, 'nfs-ls', url(treeOf('n2')))).toContain('etc');

  // It is known by its connection who is a client now.
  const look = `console.log(JSON.stringify((({ heard, running }) => [[...heard], running])(await (await import('${join(import.meta.dirname, '../src/nfs/contact.ts')}')).contactOf())))`;
  const { stdout } = await hosts.server.run([process.execPath, '--input-type=module', '--eval', look]);
  const [heard, running] = JSON.parse(stdout) as [[string, number][], number];
  expect(heard.map(([address]) => address)).toEqual([expect.stringMatching(/^10\.9\.0\./)]);
  expect(heard[0]?.[1]).toBeLessThan(600);
  expect(running).toBeGreaterThan(0);

  // Removed: refused to the address that had it.
  rmSync(join(nodeDirectory(installation.paths, 'compute', 'n2'), 'node.json'));
  expect(await exportsCommand('--apply')).toMatchObject({ ok: true, serving: true });
  expect(await as(N2, 'nfs-ls', url(treeOf('n2')))).toMatch(/^refused/);
  // And nobody holds it any more.
  expect(await mounts()).toContain(treeOf('n2'));
  await slipway('nfs', 'up');
  expect(await mounts()).not.toContain(treeOf('n2'));

  // Who was mounted all the time noticed nothing.
  writeFileSync(reading.go, '');
  expect(await reading.digest).toBe(createHash('sha256').update(big).digest('hex'));
  expect(nfs('died')).toEqual([]);
}, 120_000);

test('it is started again when it dies, with the exports of that time; and goes with the server', async () => {
  await addNodeTree(installation, 'n1');
  await serve();
  const pid = () => nfs('started').at(-1)?.fields?.['pid'] as number;
  // Process ids of the server's host.
  await hosts.server.run(['kill', '-9', String(pid())]);
  await until(() => nfs('died').length === 1 && nfs('started').length === 2, 'a restart');
  await until(async () => (await as(N1, 'nfs-ls', url(treeOf('n1')))).includes('etc'), 'n1 to mount again');

  const { stdout } = await hosts.server.run(['pgrep', '-f', 'serve-process.ts']);
  const [server = ''] = stdout.trim().split('\n').toReversed();
  await hosts.server.run(['kill', '-9', server]);
  await until(async () => {
    const { code } = await hosts.server.run(['pgrep', '-x', 'ganesha.nfsd'], { okCodes: [0, 1] });
    return code === 1;
  }, 'nfs-ganesha to go with its server');
}, 120_000);

test('where its port is taken the boot server serves all the same, says why, and tries again', async () => {
  await addNodeTree(installation, 'n1');
  const script = `require('node:net').createServer().listen(2049, () => console.log('taken'))`;
  let taken = false;
  const other = hosts.server.start([process.execPath, '--eval', script], { onLine: () => (taken = true) });
  await until(() => taken, 'the other program');
  await serve();
  await until(() => nfs('died').length > 0, 'nfs-ganesha to give up');
  expect(nfs('died')[0]?.message).toMatch(/nfs-ganesha died .*restarting in 0.2 s/);
  other.stop();
  await other.done.catch(() => {});
  await until(async () => (await as(N1, 'nfs-ls', url(treeOf('n1')))).includes('etc'), 'n1 to mount');
}, 120_000);

test('NFSv3 with rpcbind', async () => {
  await configure('3');
  await addNodeTree(installation, 'n1');
  await serve();
  expect(await as(N1, 'nfs-cat', url(`${treeOf('n1')}/etc/motd`, 3))).toBe('golden\n');
  expect(await as(N2, 'nfs-ls', url(treeOf('n1'), 3))).toMatch(/^refused/);
  expect(await as(N2, 'nfs-cat', url(`${shared()}/etc/motd`, 3))).toBe('golden\n');
  expect(readFileSync(join(installation.paths.logs, 'ganesha.log'), 'utf8')).toContain('INITIALIZED');
}, 120_000);
