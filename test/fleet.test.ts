/**
 * What docs/guide/first-cluster.md promises: nodes with different profiles boot
 * from one image, each with a name, files and host keys of its own, and one that
 * came from another tool's registry; their boots can be followed and explained.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/system/process.ts';
import { findQemu } from '../src/vm/firmware.ts';
import { startFleet } from '../src/vm/fleet.ts';
import { probeAccelerator } from '../src/vm/kvm-probe.ts';
import { openTestNetwork, type TestNetwork } from '../src/vm/network.ts';
import { startServer, type StageReport } from '../src/vm/server.ts';
import { Catalog } from '../src/image/catalog.ts';
import type { Installation } from '../src/system/config.ts';
import { socketGet } from './support/api-socket.ts';
import { cachedImage, CHECKOUT, privateCopy, SLIPWAY } from './support/image-cache.ts';
import { nodeMac, nodeName, nodesConf } from './support/nodes-conf.ts';

const MINUTES = 60_000;
const IMPORTED = nodeName(500);
const NODES = ['login1', 'n1', 'n2', IMPORTED];
/** What the nodes are asked once they are up; the last lines come back with stage `check`. */
const CHECKS = [
  'cat /etc/hostname',
  'cat /etc/motd',
  'cat /etc/slurm/slurm.conf 2>/dev/null | grep -c ^NodeName= || test $? = 1',
  'test -e /etc/issue && cat /etc/issue || echo no issue',
  'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d" " -f2',
];

const stack = new AsyncDisposableStack();
let installation: Installation;
let network: TestNetwork;
const reports: StageReport[] = [];
afterAll(async () => await stack.disposeAsync(), MINUTES);

async function slipway(...words: string[]): Promise<string> {
  const { stdout } = await run([SLIPWAY, ...words], {
    env: { SLIPWAY_ROOT: installation.paths.root },
    okCodes: [0, 1],
  });
  return stdout;
}
const json = async <T>(...words: string[]) => JSON.parse(await slipway(...words, '--json')) as T;
const over = () =>
  NODES.every((node) => reports.some((r) => r.node === node && /^(ready|trap)$/.test(r.stage)));
const said = (node: string, check: number) =>
  reports.filter((one) => one.node === node && one.stage === 'check')[check]?.detail.replace(/^0 /, '');

beforeAll(async () => {
  const image = await cachedImage('examples/debian-compute.yml');
  ({ installation } = stack.use(await privateCopy(image)));
  const { paths } = installation;
  network = stack.use(await openTestNetwork(NODES.length));
  const config = {
    serve: { interface: network.interface, address: network.address },
    dhcp: { mode: 'full', range: network.range },
    trap: 'poweroff',
  };
  await run(['mkdir', '-p', paths.etc]);
  await writeFile(join(paths.etc, 'config.yml'), JSON.stringify(config));

  const mac = network.taps[NODES.indexOf(IMPORTED)]?.mac ?? '';
  const file = join(paths.root, 'nodes.conf');
  const conf = nodesConf({ image: 'debian-compute', oneImage: true });
  await writeFile(file, conf.replaceAll(nodeMac(500), mac).replaceAll(nodeMac(500).toUpperCase(), mac));
  await slipway('node', 'import', file, '--yes');
  await slipway('apply', '-f', join(CHECKOUT, 'examples/cluster'), '--yes');

  const server = stack.use(
    await startServer({
      network,
      command: [process.execPath, join(CHECKOUT, 'src/cli/start.js')],
      root: paths.root,
      checks: CHECKS,
      log: join(paths.logs, 'server.log'),
      onStage: (report) => reports.push(report),
      onNotice: () => {},
    }),
  );
  const program = await findQemu();
  const catalog = await Catalog.open(paths);
  const kernel = catalog.blobPath((await catalog.resolve(image.ref)).kernel?.digest ?? '');
  stack.use(
    await startFleet({
      network,
      nodes: NODES,
      program,
      accelerator: await probeAccelerator(paths, program, kernel),
      memory: 1024,
      work: paths.root,
      log: (node) => join(paths.logs, `${node}.log`),
      onFinding: () => {},
      onEnd: () => {},
    }),
  );
  while (!over()) await Promise.race([sleep(200), server.failed]);
}, 20 * MINUTES);

describe('nodes with different profiles, one image', () => {
  it('all are ready', async () => {
    const status = await json<Record<string, unknown>[]>('boot', 'status', '-n', NODES.join(','));
    expect(status.map((one) => [one['node'], one['stage'], one['ready']])).toEqual(
      NODES.toSorted().map((node) => [node, 'ready', true]),
    );
    expect(new Set(status.map((one) => one['digest'])).size).toBe(1);
    expect(status.map((one) => Object.keys(one).toSorted())).toEqual(
      NODES.map(() => ['digest', 'image', 'mode', 'node', 'ready', 'since', 'stage']),
    );
  });

  it('each has its own name and files', () => {
    expect(NODES.map((node) => said(node, 0))).toEqual(NODES);
    expect(said('login1', 1)).toBe('login1.cluster.example: login');
    expect(said('n2', 1)).toBe('n2.cluster.example: compute in rack1');
    expect(NODES.map((node) => said(node, 2))).toEqual(['0', '2', '2', '0']);
    expect(said('login1', 3)).toContain('sbatch');
    expect(said('n1', 3)).toBe('no issue');
  });

  it('each has its own host keys, which are known beforehand', async () => {
    const prints = NODES.map((node) => said(node, 4));
    expect(new Set(prints).size).toBe(NODES.length);
    const lines = (await slipway('node', 'hostkeys', '-n', NODES.join(','))).split('\n');
    for (const node of NODES) {
      const line = lines.find((one) => one.split(/[ ,]/)[0] === node && one.includes('ssh-ed25519')) ?? '';
      const { stdout } = await run(['ssh-keygen', '-lf', '-'], { input: `${line}\n` });
      expect(stdout.split(' ')[1]).toBe(said(node, 4));
    }
  });
});

describe('their boots', () => {
  it('can be explained from the command line', async () => {
    expect(await slipway('boot', 'why', 'n1')).toMatch(/ready/);
    const history = await slipway('boot', 'history', IMPORTED);
    for (const stage of ['dhcp', 'ipxe', 'initramfs', 'layer', 'switch-root', 'ready'])
      expect(history).toContain(stage);
    const drift = await json<Record<string, unknown>[]>('drift', '-n', NODES.join(','));
    expect(drift.map((one) => [one['node'], one['drift']])).toEqual(
      NODES.toSorted().map((node) => [node, false]),
    );
  });

  it('drift when their files would be others at the next boot', async () => {
    await slipway('node', 'set', 'n2', '--variable', 'domain=elsewhere.example');
    const drift = await json<Record<string, unknown>[]>('drift', '-n', 'n[1-2]');
    expect(drift.map((one) => one['drift'])).toEqual([false, true]);
    expect(JSON.stringify(drift)).toContain('/etc/motd');
  });

  it('can be followed by the API', async () => {
    const boots = await socketGet(installation.paths, '/api/v1/boot?nodes=n[1-2]');
    expect(boots).toMatchObject([
      { node: 'n1', stage: 'ready' },
      { node: 'n2', stage: 'ready' },
    ]);
    expect(await socketGet(installation.paths, '/api/v1/boot/login1/why')).toMatchObject({ node: 'login1' });
    const description = await socketGet(installation.paths, '/api/v1/openapi.json');
    expect(description).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) as string });
  });
});
