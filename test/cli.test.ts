/** The command line as users and scripts meet it: bin/slipway as a process. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyTree } from './support/tiny.ts';

const SLIPWAY = resolve('bin/slipway');
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function slipway(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(SLIPWAY, args, {
    encoding: 'utf8',
    env: { ...process.env, SLIPWAY_ROOT: root, ...env },
  });
  return { status, stdout, stderr };
}
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A recipe on a tree of busybox whose only step prints `started` and then waits. */
async function slowRecipe(name: string, seconds = 60): Promise<string> {
  const directory = mkdtempSync(join(root, 'recipe-'));
  await tinyTree(join(directory, 'tree'));
  const file = join(directory, 'recipe.yml');
  const step = `run: "echo started; sleep ${seconds}"\n    title: wait`;
  writeFileSync(
    file,
    `name: ${name}\nsource: { directory: { path: tree } }\ndate: 2026-01-01\nsteps:\n  - ${step}\n`,
  );
  return file;
}

/** Starts a build, and waits until its step runs. */
async function startedBuild(name: string, seconds: number) {
  const child = spawn(SLIPWAY, ['build', await slowRecipe(name, seconds), '--json'], {
    env: { ...process.env, SLIPWAY_ROOT: root },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  for (let i = 0; !out.includes('"started"'); i++) {
    if (i > 1000 || child.exitCode !== null) throw new Error(`the step does not start: ${out}`);
    await sleep(20);
  }
  return { child, closed, output: () => out };
}

describe('help and wrong usage', () => {
  test('--help, on standard output, names every command', () => {
    const { status, stdout, stderr } = slipway(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of [
      'doctor',
      'build',
      'image',
      'node',
      'boot',
      'serve',
      'recipe',
      'errors',
      'completion',
      'version',
    ])
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  test('--help loads neither database, nor schemas, nor server', () => {
    const loaded = join(root, 'loaded.mjs');
    writeFileSync(
      loaded,
      "import { registerHooks } from 'node:module';\nregisterHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });\n",
    );
    const { stderr } = slipway(['--help'], { NODE_OPTIONS: `--import=${loaded}` });
    expect(stderr).toContain('/src/cli/app.ts');
    expect(stderr).not.toMatch(/node:sqlite|\/zod\/|\/fastify\/|\/kysely\/|\/yaml\/|\/pino\//);
  });

  test.each([
    [['biuld'], 'No command "biuld"; did you mean build?', 'slipway --help'],
    [['image', 'lss'], 'did you mean ls?', 'slipway image --help'],
    [['build'], 'Expected argument for RECIPE', 'slipway build --help'],
    [['image', 'ls', '--jsn'], 'did you mean --json?', 'slipway image ls --help'],
    [['image', 'test', 'x', '--firmware', 'coreboot'], 'bios|uefi', 'slipway image test --help'],
    [['build', 'r.yml', '--wait', 'long'], 'whole number from 0', 'slipway build --help'],
    [['completion', 'tcsh'], 'bash, zsh, fish', 'slipway completion --help'],
    [['node', 'set', 'n1'], 'Nothing to set', 'slipway node set --help'],
  ])('%j is wrong usage', (args, what, help) => {
    const { status, stdout, stderr } = slipway(args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error\[cli\/usage\] /);
    expect(stderr).toContain(help);
    const [object] = lines(slipway([...args, '--json']).stdout);
    expect(object).toMatchObject({ event: 'error', code: 'cli/usage', what: expect.any(String) as string });
    if (!what.includes('|')) expect(stderr).toContain(what);
  });

  test('errors CODE explains; an unknown code is wrong usage with a suggestion', () => {
    expect(slipway(['errors', 'yaml/unknown-key']).stdout).toContain('Unknown key');
    const { status, stderr } = slipway(['errors', 'yaml/unknwn-key']);
    expect(status).toBe(2);
    expect(stderr).toContain('yaml/unknown-key');
    const all = JSON.parse(slipway(['errors', '--json']).stdout) as { code: string }[];
    expect(all.length).toBeGreaterThan(50);
  });
});

describe('exact answers', () => {
  test('build --json: events a line, the result last; again: cached, the same digest and generation', async () => {
    const recipe = await slowRecipe('quick', 0);
    const first = slipway(['build', recipe, '--json']);
    expect(first.stderr).toBe('');
    expect(first.status).toBe(0);
    const events = lines(first.stdout);
    const built = events.at(-1);
    expect(built).toEqual({
      event: 'built',
      image: 'quick',
      generation: 1,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      cached: false,
      seconds: expect.any(Number) as number,
      bytes: expect.any(Number) as number,
    });
    expect(events.filter((event) => event['event'] === 'built')).toHaveLength(1);
    const again = lines(slipway(['build', recipe, '--json']).stdout).at(-1);
    expect(again).toMatchObject({ event: 'built', cached: true, digest: built?.['digest'], generation: 1 });
    const forced = lines(slipway(['build', recipe, '--json', '--no-cache']).stdout).at(-1);
    expect(forced).toMatchObject({ event: 'built', cached: false, digest: built?.['digest'], generation: 1 });
  });

  test('image ls --json has exactly the agreed keys', () => {
    const images = JSON.parse(slipway(['image', 'ls', '--json']).stdout) as Record<string, unknown>[];
    expect(images).toHaveLength(1);
    expect(Object.keys(images[0] ?? {}).toSorted()).toEqual([
      'bytes',
      'created',
      'digest',
      'generation',
      'kernel',
      'layers',
      'name',
      'state',
      'tags',
    ]);
    expect(images[0]).toMatchObject({
      name: 'quick',
      generation: 1,
      tags: ['latest'],
      state: 'ready',
      kernel: null,
    });
    expect(slipway(['image', 'ls', 'other', '--json']).stdout).toBe('[]\n');
  });

  test('build --explain says for each layer why', async () => {
    const recipe = await slowRecipe('explained', 0);
    const why = (output: string) =>
      lines(output).flatMap((event) =>
        event['event'] === 'task-finished' && typeof event['detail'] === 'string' ? [event['detail']] : [],
      );
    expect(why(slipway(['build', recipe, '--json', '--explain']).stdout).join('\n')).toContain('miss');
    expect(why(slipway(['build', recipe, '--json', '--explain']).stdout).join('\n')).toContain('hit');
  });

  test('a recipe with several mistakes: all of them, with line and column, in text and JSON', () => {
    const file = join(root, 'wrong.yml');
    writeFileSync(file, 'name: x\nsource: { directory: { path: tree } }\nstepss: []\nclean:\n  logs: yes\n');
    const text = slipway(['build', file]);
    expect(text.status).toBe(2);
    expect(text.stderr).toMatch(/wrong\.yml:3:1[\s\S]*stepss[\s\S]*Did you mean/);
    expect(text.stderr).toMatch(/wrong\.yml:5:9[\s\S]*true/);
    const error = lines(slipway(['recipe', 'check', file, '--json']).stdout).at(-1);
    expect(error).toMatchObject({ event: 'error', code: 'yaml/unknown-key', where: { line: 3, column: 1 } });
    expect(error?.['also']).toMatchObject([{ code: 'yaml/wrong-value', where: { line: 5, column: 9 } }]);
  });

  test('catalog and registry, from the outside', () => {
    expect(slipway(['image', 'tag', 'quick:1', 'stable']).stdout).toBe('quick:1 is now quick:stable\n');
    expect(slipway(['image', 'clone', 'quick', 'copy']).status).toBe(0);
    expect(lines(slipway(['image', 'verify', '--json']).stdout).at(-1)).toMatchObject({ bad: [] });
    expect(slipway(['image', 'show', 'quick:stable']).stdout).toMatch(/^image +quick:1$/m);
    expect(slipway(['image', 'history', 'quick']).stdout).toMatch(/^quick:1 \(latest, stable\)/);
    expect(slipway(['node', 'add', 'n1', '--mac', '52-54-00-AA-BB-CC', '--json']).status).toBe(0);
    expect(JSON.parse(slipway(['node', 'ls', '--json']).stdout)).toMatchObject([
      { name: 'n1', macs: ['52:54:00:aa:bb:cc'] },
    ]);
    expect(slipway(['node', 'add', 'n2', '--image', 'no-such-image']).status).toBe(2);
    expect(JSON.parse(slipway(['node', 'ls', '--json']).stdout)).toHaveLength(1);
    expect(slipway(['boot', 'set', '-n', 'n1', '-i', 'copy']).status).not.toBe(0); // it has no kernel
    expect(slipway(['boot', 'set', '-n', 'n1', '-i', 'copy', '--mode', 'demo']).stdout).toBe(
      'n1 boots copy in mode demo\n',
    );
    const refused = slipway(['image', 'rm', 'copy']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/image\/in-use[\s\S]*n1/);
    expect(slipway(['node', 'unset', 'n1', '--image', '--mode']).status).toBe(0);
    expect(slipway(['image', 'rm', 'copy']).stdout).toBe('removed copy:1\n');
    expect(slipway(['node', 'rm', 'n1']).stdout).toBe('removed n1\n');
  });

  test('doctor tries this host, and says so in JSON', () => {
    const diagnosis = JSON.parse(slipway(['doctor', '--json']).stdout) as {
      ready: boolean;
      checks: { id: string; state: string }[];
    };
    expect(diagnosis.checks.map((check) => check.id)).toEqual(
      expect.arrayContaining(['namespaces', 'overlay', 'loop', 'build-debian', 'dhcp', 'kvm']),
    );
    expect(slipway(['doctor']).status).toBe(diagnosis.ready ? 0 : 1);
  });

  test('everything of a trial is below SLIPWAY_ROOT', () => {
    expect(readdirSync(root)).toEqual(expect.arrayContaining(['var']));
    expect(statSync(join(root, 'var/lib/slipway/registry.sqlite')).mode & 0o777).toBe(0o600);
  });
});

describe('manners', () => {
  test('a reader that goes away is no error', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `"${SLIPWAY}" errors | head -n 1`], {
      encoding: 'utf8',
      env: { ...process.env, SLIPWAY_ROOT: root },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('no colours where nobody sees them, progress on standard error, the result on standard output', async () => {
    const { stdout, stderr } = slipway(['build', await slowRecipe('plain', 0)], { LANG: 'C.UTF-8' });
    expect(stderr).toMatch(/^done +.*wait/m);
    expect(stdout).toMatch(/^✓ plain:1 {2}built in .*\n {2}sha256:[0-9a-f]{64}\n$/);
    expect(stdout + stderr).not.toContain('\x1b');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s once stops a build cleanly', async (signal, code) => {
    const { child, closed, output } = await startedBuild(`stopped-${code}`, 60);
    child.kill(signal);
    await closed;
    expect(child.exitCode).toBe(code);
    expect(lines(output()).at(-1)).toMatchObject({ event: 'error', code: 'cli/interrupted' });
    expect(readdirSync(join(root, 'var/lib/slipway/work')).filter((name) => name !== 'locks')).toEqual([]);
  });

  test('a second Ctrl-C leaves at once, and nothing runs on', async () => {
    const { child, closed } = await startedBuild('killed', 4242);
    child.kill('SIGINT');
    await sleep(5); // Two signals of one kind that are not taken yet are one.
    child.kill('SIGINT');
    await closed;
    expect(child.exitCode).toBe(130);
    const running = () => spawnSync('pgrep', ['-f', 'sleep 4242'], { encoding: 'utf8' }).stdout;
    for (let i = 0; i < 50 && running(); i++) await sleep(20);
    expect(running()).toBe('');
  });

  test('serve stops on SIGTERM with exit code 0', async () => {
    mkdirSync(join(root, 'etc/slipway'), { recursive: true });
    writeFileSync(
      join(root, 'etc/slipway/config.yml'),
      'serve: { address: 127.0.0.1, interface: lo, port: 18999 }\ndhcp: { mode: off }\n',
    );
    const child = spawn(SLIPWAY, ['serve', '--json'], {
      env: { ...process.env, SLIPWAY_ROOT: root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    for await (const chunk of child.stdout) {
      const before = out.includes('listening');
      out += String(chunk);
      if (!before && out.includes('listening')) child.kill('SIGTERM');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    rmSync(join(root, 'etc/slipway/config.yml'));
    expect(child.exitCode).toBe(0);
    expect(lines(out).at(-1)).toMatchObject({ event: 'serve', kind: 'stopped' });
  });
});

describe('completion', () => {
  const complete = (...words: string[]) =>
    slipway(['__complete', ...words])
      .stdout.split('\n')
      .map((line) => line.split('\t')[0])
      .filter(Boolean);

  test('commands, flags, images and nodes', () => {
    expect(complete('im')).toEqual(['image', 'import']);
    expect(complete('image', 'h')).toEqual(['history']);
    expect(complete('build', '--no')).toContain('--no-cache');
    expect(complete('image', 'show', 'qu')).toEqual(['quick']);
    expect(complete('image', 'show', 'quick:')).toEqual(expect.arrayContaining(['quick:latest', 'quick:1']));
    slipway(['node', 'add', 'rack1,rack2']);
    expect(complete('node', 'rm', 'rack1,r')).toEqual(['rack1,rack1', 'rack1,rack2']);
    expect(complete('boot', 'set', 'rack1')).toEqual(['rack1']);
    slipway(['node', 'rm', 'rack1,rack2']);
    expect(complete('boot', 'set', '-n', 'x', '-i', 'qu')).toEqual(['quick']);
    expect(complete('boot', 'set', '-n', 'x', '--mode', 'r')).toEqual(['ram', 'readonly']);
    slipway(['profile', 'add', 'base']);
    expect(complete('node', 'set', 'x', '--add-profile', 'b')).toEqual(['base']);
    slipway(['profile', 'rm', 'base']);
    expect(complete('file', 'builtin', '/etc/hosts', 'h')).toEqual(['hosts']);
  });

  test('the script for bash completes in a real bash', () => {
    const script = `PATH=${resolve('bin')}:$PATH; source <(slipway completion bash)
      try() { COMP_LINE=$1 COMP_POINT=\${#1} COMP_TYPE=9 COMP_KEY=9; COMP_WORDS=($1); [[ $1 == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _slipway; echo "\${COMPREPLY[*]}"; }
      try 'slipway imag'; try 'slipway image sh'; try 'slipway recipe '`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, SLIPWAY_ROOT: root },
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('image\nshow shell\ncheck schema from-parameters\n');
  });
});

describe('compile cache', () => {
  test('is not used where others may write, nor through a link', () => {
    const own = mkdtempSync(join(tmpdir(), 'slipway-cache-'));
    try {
      const start = (name: string) => slipway(['version'], { SLIPWAY_ROOT: join(own, name) }).status;
      mkdirSync(join(own, 'open/var/cache/slipway/compile'), { recursive: true });
      chmodSync(join(own, 'open/var/cache/slipway/compile'), 0o777);
      mkdirSync(join(own, 'link/var/cache/slipway'), { recursive: true });
      mkdirSync(join(own, 'elsewhere'));
      symlinkSync(join(own, 'elsewhere'), join(own, 'link/var/cache/slipway/compile'));
      expect([start('open'), start('link')]).toEqual([0, 0]);
      expect(readdirSync(join(own, 'open/var/cache/slipway/compile'))).toEqual([]);
      expect(readdirSync(join(own, 'elsewhere'))).toEqual([]);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });
});
