/** The command line with --server: the same output and exit codes as on the server itself. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addNodes } from '../src/node/registry.ts';
import { apiServer, type ApiServer } from './support/api-server.ts';
import { publishNoise } from './support/image.ts';
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

test.each([
  'node ls --json',
  'node ls -n n[1-3]',
  'node show n1',
  'node show n1 --explain',
  'node show nope',
  'node set n1 --mac wrong',
  'node ls -n n[1-999999999]',
  'nodeset fold @*',
  'group show nope',
  'history --json',
  'boot status --json',
  'boot why n1',
  'boot set -n n1 -i nope',
  'drift --json',
  'image ls --json',
  'image show compute --sbom spdx',
  'image history compute',
  'image diff compute --packages',
  'image verify --json',
  'node files n1',
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

test('what needs the host says so', async () => {
  for (const line of [
    'serve',
    'image export --to x compute',
    'image test compute',
    'recipe check x.yml',
    'image clear',
  ]) {
    const ran = await there(...line.split(' '));
    if (line.startsWith('recipe')) continue; // It looks at a file here.
    expect([ran.status, ran.stderr], line).toEqual([2, expect.stringContaining('error[remote/local-only]')]);
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
