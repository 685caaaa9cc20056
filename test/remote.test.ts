/** The command line with --server: the same output and exit codes as on the server itself. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../src/access/audit.ts';
import type { Drift } from '../src/boot/drift.ts';
import { addNodes } from '../src/node/registry.ts';
import { apiServer, type ApiServer } from './support/api-server.ts';
import { publishNoise } from './support/image.ts';
import { SimulatedNode } from './support/simulated-node.ts';
import { tinyTree } from './support/tiny.ts';

const SLIPWAY = resolve('bin/slipway');
let api: ApiServer;
let elsewhere: string;
beforeAll(async () => {
  elsewhere = mkdtempSync(join(tmpdir(), 'slipway-client-'));
  api = await apiServer({
    command: [process.execPath, resolve('src/cli/start.js')],
    async prepare({ installation, database }) {
      await publishNoise(installation.paths, 'compute');
      await publishNoise(installation.paths, 'compute');
      await addNodes(database.db, 'n[1-12]', { tags: { rack: 'r1' } });
    },
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  rmSync(elsewhere, { recursive: true, force: true });
});

interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

async function slipway(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  return await new Promise((done) => {
    execFile(SLIPWAY, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      done({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}
const here = (...args: string[]) => slipway(args, { SLIPWAY_ROOT: api.here.installation.paths.root });
const there = (...args: string[]) =>
  slipway(args, {
    SLIPWAY_ROOT: elsewhere,
    SLIPWAY_SERVER: api.server.url,
    SLIPWAY_TOKEN: api.tokens.admin,
  });

const auditOf = async () => JSON.parse((await here('audit', '--json')).stdout) as AuditEntry[];

test.each([
  'node ls --json',
  'node ls -n n[1-3]',
  'node show n1',
  'node show n1 --explain',
  'node show nope',
  'node set n1 --mac wrong',
  `node set n1 --variable a:=${'['.repeat(30_000)}${']'.repeat(30_000)}`,
  'node ls -n n[1-999999999]',
  'nodeset fold @*',
  'group show nope',
  'history --json',
  'boot status --json',
  'boot why n1',
  'boot why -n n1 --json',
  'boot why',
  'boot show -n n1',
  'boot history --nodes n1',
  'boot log -n n1',
  'node show -n n1',
  'node explain -n n1 /etc/hosts',
  'node explain n1',
  'node explain n1 /a /b',
  'boot set -n n1 -i nope',
  'drift --json',
  'image ls --json',
  'image show compute --sbom spdx',
  'image history compute',
  'image diff compute --packages',
  'image verify --json',
  'node files n1',
  'node hostkeys',
  'node hostkeys n[1-2] --json',
  'node hostkeys nope',
  'file ls -n n1',
  'file ls --group nope',
  'file ls',
  'file rm /etc/none -n n1',
  'file link /etc/../x y -n n1',
  'file builtin /etc/hosts nope -n n1',
  'file secret /etc/munge/munge.key nope -n n1',
  'file absent relative -n n1',
  'file set /etc/motd -n n1 --mode 9 --from /etc/hostname',
  'file set /etc/motd -n n1 --from /nowhere',
  'export',
  'export -n n[2-3] --json',
  'node import /nowhere --yes',
  'version --json',
  'token rm nope',
])('%s', async (line) => {
  const [local, remote] = await Promise.all([here(...line.split(' ')), there(...line.split(' '))]);
  // Progress is shown where the work is.
  if (!line.includes('verify')) expect(remote).toEqual(local);
  else expect(remote.status).toBe(local.status);
});

test('what is changed there is changed here', async () => {
  expect((await there('node', 'set', 'n[1-2]', '--add-argument', 'quiet')).status).toBe(0);
  expect((await there('profile', 'add', 'p', '-i', 'nothing')).stderr).toContain('no image nothing');
  const file = join(elsewhere, 'cluster.yml');
  writeFileSync(file, 'groups:\n  g: {arguments: [ro], members: "n[1-2]"}\n');
  expect((await there('plan', '-f', file, '--exit-code')).status).toBe(1);
  expect((await there('apply', '-f', file, '--yes')).stdout).toContain('Applied as change');
  const listed = JSON.parse((await here('node', 'ls', '-n', '@g', '--json')).stdout) as {
    arguments: string[];
  }[];
  expect(listed.map((node) => node.arguments)).toEqual([
    ['ro', 'quiet'],
    ['ro', 'quiet'],
  ]);
  expect((await there('undo')).status).toBe(0);
  writeFileSync(file, 'nodes:\n  n1: {files: {/etc/x: {source: cluster.yml}}}\n');
  const refused = await there('plan', '-f', file);
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('error[cluster/source]')]);
  const who = JSON.parse((await here('history', '--limit', '1', '--json')).stdout) as {
    via: string;
    who: string;
  }[];
  expect(who[0]).toMatchObject({ via: 'api', who: expect.stringMatching(/^token admin/) as string });
});

test.each([
  'file set /etc/motd --from MOTD -n NODE',
  'file set /etc/motd --from MOTD --template --refresh --run true --mode 0600 --owner daemon:0 --json -n NODE',
  'file set /etc/bytes --from BYTES -n NODE',
  'file ls -n NODE',
  'file ls -n NODE --json',
  'file link /etc/localtime /usr/share/zoneinfo/UTC -n NODE',
  'file builtin /etc/hosts hosts -n NODE',
  'file absent /etc/issue -n NODE',
  'file skip /etc/issue -n NODE --json',
  'node files NODE --render /etc/motd',
  'file rm /etc/issue -n NODE',
  'file rm /etc/issue -n NODE',
  'file set /etc/motd --from BAD --template -n NODE',
])('%s', async (line) => {
  const files = { MOTD: 'Welcome to {{ "here" }}\n', BYTES: Buffer.from([0, 255, 13, 10]), BAD: '{% if %}' };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(elsewhere, name), content);
  const words = (node: string) =>
    line.split(' ').map((word) => (word === 'NODE' ? node : word in files ? join(elsewhere, word) : word));
  const local = await here(...words('n3'));
  const remote = await there(...words('n4'));
  const same = (text: string) => text.replaceAll('n4', 'n3');
  expect({ ...remote, stdout: same(remote.stdout), stderr: same(remote.stderr) }).toEqual(local);
});

test('files that were given from elsewhere stand in the audit log, without their contents', async () => {
  const set = ['file', 'set', '/etc/motd', '--from', join(elsewhere, 'motd'), '-n', 'n6'];
  writeFileSync(join(elsewhere, 'motd'), 'Welcome');
  for (const run of [here, there]) expect((await run(...set)).status).toBe(0);
  const entries = await auditOf();
  const own = entries.filter((one) => one.operation === 'file.set' && one.status === 200);
  expect(new Set(own.map((one) => one.client))).toEqual(new Set(['local', '127.0.0.1']));
  expect(entries.map((one) => one.detail).join()).not.toContain(
    Buffer.from('Welcome').toString('base64').slice(0, 9),
  );
  const body = { nodes: 'n1', path: '/etc/x', file: { source: '/etc/shadow' } };
  const refused = await api.ask('PUT', '/files', { body });
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('operation/bad-input')]);
  for (const whose of [{}, { nodes: 'n1', group: 'g' }])
    expect((await api.ask('PUT', '/files', { body: { ...whose, path: '/etc/x', file: null } })).status).toBe(
      400,
    );
});

test('a large file', async () => {
  const file = join(elsewhere, 'large');
  writeFileSync(file, Buffer.alloc(16 << 20, 'abc\n'));
  const set = await there('file', 'set', '/srv/large', '--from', file, '-n', 'n5');
  expect(set).toEqual({ status: 0, stderr: '', stdout: `n5: /srv/large ${16 << 20} bytes\n` });
  expect(JSON.parse((await here('node', 'files', 'n5', '--json')).stdout)).toContainEqual(
    expect.objectContaining({ path: '/srv/large', size: 16 << 20 }),
  );
  expect((await there('file', 'rm', '/srv/large', '-n', 'n5')).status).toBe(0);
});

test('node import: files of this machine, the registry of the other', async () => {
  const file = join(elsewhere, 'ethers');
  const hosts = join(elsewhere, 'hosts');
  writeFileSync(file, '52:54:00:00:09:01 i1\n52:54:00:00:09:02 i2\n');
  writeFileSync(hosts, '10.0.9.1 i1.example.org i1\n');
  const both = async (...args: string[]) => {
    const [local, remote] = [await here(...args), await there(...args)];
    const same = ({ stdout, ...rest }: Ran) => ({
      ...rest,
      stdout: stdout.replaceAll(/change \d+|undo \d+|"(change|revision)":\d+/g, '$1 N'),
    });
    expect(same(remote), args.join(' ')).toEqual(same(local));
    return remote;
  };
  const command = ['node', 'import', file, '--hosts', hosts];
  expect((await both(...command, '--dry-run')).stdout).toContain('10.0.9.1');
  await both(...command, '--dry-run', '--json');
  // Nobody is there to ask.
  expect((await both(...command)).status).toBe(2);
  expect((await here(...command, '--yes')).status).toBe(0);
  expect((await here('undo')).status).toBe(0);
  const done = await there(...command, '--yes');
  expect([done.status, done.stdout]).toEqual([0, expect.stringMatching(/Imported as change \d+/)]);
  await both(...command, '--yes'); // Nothing is left to do.
  writeFileSync(file, '52:54:00:00:09:07 i1\n');
  expect((await both(...command, '--yes')).stderr).toContain('error[import/exists]');
  writeFileSync(file, '52:54:00:00:09:07 i1\n52:54:00:00:09 i9\n');
  expect((await both(...command, '--format', 'ethers', '--dry-run')).stderr).toContain(`${file}:2`);
  const own = (await auditOf()).filter((one) => one.operation === 'import.apply');
  expect(new Set(own.map((one) => one.client))).toEqual(new Set(['local', '127.0.0.1']));
  expect(own[0]?.detail).not.toContain('52:54');
});

test('drift is the same: a template that changed, by its digest, an overlay', async () => {
  const node = new SimulatedNode(10, () => api.server.port);
  const template = join(elsewhere, 'template');
  const say = async (text: string) => {
    writeFileSync(template, text);
    const set = ['file', 'set', '/etc/motd', '--from', template, '--template', '-n', 'n10'];
    expect((await there(...set)).status).toBe(0);
  };
  expect((await there('node', 'set', 'n10', '--mac', node.mac, '--image', 'compute')).status).toBe(0);
  await say('{{ node.name }}, one');
  const drift = async () => {
    const [local, remote] = [
      await here('drift', '-n', 'n10', '--json'),
      await there('drift', '-n', 'n10', '--json'),
    ];
    expect(remote).toEqual(local);
    const [found] = JSON.parse(remote.stdout) as Drift[];
    return [remote.status, found?.drift, found?.changes.map(({ what, name }) => `${what} ${name}`)];
  };
  await node.start();
  expect((await node.load()).status).toBe(200);
  expect(await drift()).toEqual([0, false, []]);
  expect(await node.report('ready')).toBe(204);
  expect(await drift()).toEqual([0, false, []]);
  await say('{{ node.name }}, two');
  expect((await there('node', 'set', 'n10', '--overlay', 'zram 1G', '--trap', 'halt')).status).toBe(0);
  expect(await drift()).toEqual([1, true, ['setting overlay', 'setting trap', 'file /etc/motd']]);
  await say('{{ node.name }}, one');
  expect((await there('node', 'unset', 'n10', '--overlay', '--trap')).status).toBe(0);
  expect(await drift()).toEqual([0, false, []]);
});

describe('builds', () => {
  beforeAll(async () => {
    const recipes = join(api.here.installation.paths.etc, 'recipes');
    mkdirSync(recipes, { recursive: true });
    await tinyTree(join(recipes, 'tree'));
    const recipe = (step: string) =>
      `name: tiny\nsource: {directory: {path: tree}}\ndate: 2026-01-01\nvariables: {role: none}\nsteps:\n  - run: ${step}\n`;
    writeFileSync(join(recipes, 'tiny.yml'), recipe('"echo built"'));
    writeFileSync(join(recipes, 'bad.yml'), recipe('"exit 3"'));
  });

  test('by name, followed to their end', async () => {
    const built = await there('build', 'tiny', '--set', 'variables.role=web', '--json');
    const events = built.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; line?: string });
    expect([built.status, events.at(-1)]).toEqual([
      0,
      expect.objectContaining({ event: 'built', image: 'tiny', generation: 1 }),
    ]);
    expect(events.some((event) => event.event === 'output' && event.line === 'built')).toBe(true);
    const failed = await there('build', 'bad');
    expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('error[')]);
    const list = (await api.ask('GET', '/builds')).json as { recipe: string; state: string }[];
    expect(list.map(({ recipe, state }) => [recipe, state])).toEqual([
      ['bad', 'failed'],
      ['tiny', 'done'],
    ]);
  }, 120_000);

  test('no paths, and nothing but variables', async () => {
    for (const args of [
      ['build', './tiny.yml'],
      ['build', 'tiny', '--set', 'source.directory.path=/etc'],
    ])
      expect((await there(...args)).status).toBe(2);
  });
});

/** What needs the host, as it is written in docs/guide/api.md; where flags make it so, with them. */
const LOCAL = {
  'serve.ts': 'serve',
  'image/export.ts': 'image export --to x compute',
  'image/import.ts': 'image import x',
  'image/push.ts': 'image push compute localhost:1/x',
  'image/pull.ts': 'image pull --insecure localhost:1/x',
  'image/clear.ts': 'image clear',
  'image/mount.ts': 'image mount compute',
  'image/umount.ts': 'image umount compute',
  'image/shell.ts': 'image shell compute',
  'image/test.ts': 'image test compute',
  'import/bluebanquise.ts': 'import bluebanquise x',
  'kernel/add.ts': 'kernel add x',
  'kernel/initramfs.ts': 'kernel initramfs 6.1',
  'kernel/rm.ts': 'kernel rm 6.1',
  'recipe/from-parameters.ts': 'recipe from-parameters x',
  'livenet/create.ts': 'livenet create x --kernel 6.1',
  'nfs/staging.ts': 'nfs staging x --kernel 6.1',
  'nfs/down.ts': 'nfs down',
  'nfs/exports.ts': 'nfs exports',
  'nfs/import.ts': 'nfs import /srv/x --image x',
  'nfs/up.ts': 'nfs up',
  'create.ts': 'demo create x --message y',
  'demo/corrupt.ts': 'demo corrupt x',
  'node/files.ts': 'node files n1 --render /etc/motd --show-secrets',
};
/** They look here only where no server is named. */
const BOTH = ['bootset/bootset.ts', 'build.ts', 'doctor.ts', 'cluster-flags.ts', 'nodeset/input.ts'];

test.each(Object.values(LOCAL))('%s needs the host, and says so', async (line) => {
  const { status, stdout, stderr } = await there(...line.split(' '));
  expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining('error[remote/local-only]')]);
});

test('no other command needs the host; the guide names those that do', () => {
  const directory = resolve('src/cli/commands');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      file.endsWith('.ts') &&
      !file.endsWith('.test.ts') &&
      /\bopen(Registry|Catalog|CatalogAndRegistry|Files)\(|\.work\(/.test(
        readFileSync(join(directory, file), 'utf8'),
      ),
  );
  expect(files.toSorted()).toEqual([...Object.keys(LOCAL), ...BOTH].toSorted());
  const guide = readFileSync(resolve('docs/guide/api.md'), 'utf8');
  for (const line of Object.values(LOCAL)) {
    const name = line
      .split(' ', 2)
      .filter((word) => !word.startsWith('--'))
      .join(' ');
    expect(guide, line).toContain(`\`${name}`);
  }
});

test('flags for every command: wrong ones are wrong usage', async () => {
  const env = { SLIPWAY_ROOT: elsewhere, SLIPWAY_TOKEN: 'x' };
  for (const args of [
    ['--server'],
    ['--server=', 'node', 'ls'],
    ['node', 'ls', '--server', 'x', '--server', 'y'],
    ['--server', 'nonsense', 'node', 'ls'],
    ['--server', 'https://127.0.0.1:1', '--fingerprint', 'zz', 'node', 'ls'],
  ])
    expect((await slipway(args, env)).status, args.join(' ')).toBe(2);
  expect((await slipway(['--server', 'https://127.0.0.1:1', 'node', 'ls'], env)).stderr).toContain(
    'error[remote/unreachable]',
  );
});
