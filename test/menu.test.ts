/** The menu in a real terminal. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { lock } from '../src/system/lock.ts';
import { pathsUnder } from '../src/system/paths.ts';
import { publish } from './support/catalog.ts';
import { PoolTrial } from './support/kernel-pool.ts';
import { SigningKey } from './support/rpm/tiny-repo.ts';
import { Terminal } from './support/terminal.ts';

const MENU = resolve('bin/disklessset');
const SLIPWAY = resolve('bin/slipway');
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-menu-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Options {
  env?: Record<string, string>;
  columns?: number;
  rows?: number;
}
const open = (options: Options = {}, ...args: string[]) =>
  new Terminal([MENU, ...args], { ...options, env: { SLIPWAY_ROOT: root, ...options.env } });

/** The main menu below everything else, after `text` if that is given. */
const mainMenu = async (terminal: Terminal, text = '') =>
  await terminal.shows(
    new RegExp(`${RegExp.escape(text)}[^]*10 - Exit[^]*Select an action:\\n\\s+-->:\\s*$`),
  );

/** Chooses by numbers, each once its list is there. */
async function choose(
  terminal: Terminal,
  ...[entry, module, action]: [string, string, string]
): Promise<void> {
  await mainMenu(terminal);
  terminal.type(entry);
  await terminal.answer('Select the module', module);
  await terminal.shows(/image module\n[^]*-->:\s*$/);
  terminal.type(action);
}

const images = () => {
  const out = execFileSync(SLIPWAY, ['image', 'ls', '--json'], {
    env: { ...process.env, SLIPWAY_ROOT: root },
  });
  return (JSON.parse(out.toString()) as { name: string; state: string }[]).map(
    ({ name, state }) => `${name} ${state}`,
  );
};

async function createDemo(terminal: Terminal, name: string): Promise<void> {
  await choose(terminal, '1', '1', '1');
  await terminal.answer('name of the demo image', name);
  await terminal.answer('my_message', '');
}

/** Waits until nothing is `left`, a minute at most. */
async function gone(left: () => string | false): Promise<void> {
  for (let waited = 0; left() && waited < 600; waited++) await setTimeout(100);
  expect(left() || '').toBe('');
}

/** A process that has ended may still have its entry, until somebody asks for its exit code. */
function runs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

/** Command lines of processes that have `word` in them. */
const commands = (word: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return []; // it has ended
      }
    })
    .filter((line) => line.includes(word) && !line.startsWith('tmux '));

describe('the menu', { timeout: 180_000 }, () => {
  test('by numbers: wrong input, Ctrl-C back, demo images made, listed, corrupted, cleaned by the list, cloned, removed; exit', async () => {
    using terminal = open();
    const first = await mainMenu(terminal);
    expect(first).toContain('> Diskless image management\n');
    expect(first).toContain(' 1 - Manage and create diskless images (need modules)\n');
    expect(first).toContain('> Other actions\n');
    expect(first).toContain('At any time: (CTRL + c) => Return to this main menu.');

    await terminal.answer('Select an action', '42');
    await terminal.shows('"42" is none of them: type a number from 1 to 10');
    await terminal.answer('Select an action', '1');
    await terminal.asks('Select the module');
    terminal.press('C-c');
    await mainMenu(terminal, 'Back at the main menu');

    await createDemo(terminal, 'd1');
    await mainMenu(terminal, 'd1:1  built');
    await createDemo(terminal, 'd2');
    await mainMenu(terminal, 'd2:1  built');
    expect(images()).toEqual(['d1 ready', 'd2 ready']);
    terminal.type('2');
    const list = await mainMenu(terminal, 'action: 2 - List');
    expect(list).toMatch(/\[CREATED\]\n • Image name: d1\n[^]*• Image name: d2\n/);

    await choose(terminal, '1', 'demo', '2');
    await terminal.answer('image to corrupt', 'd2');
    await mainMenu(terminal, 'slipway demo corrupt d2');
    terminal.type('2');
    await mainMenu(terminal, 'Removed, for they were broken: d2:1');
    expect(images()).toEqual(['d1 ready']);

    terminal.type('4');
    await terminal.answer('image to clone', 'd1');
    await terminal.answer('Name of the new image', 'd1');
    await terminal.shows('Image d1 already exists');
    await terminal.answer('Name of the new image', 'd3');
    await mainMenu(terminal, 'd3:1 is a clone of d1');
    terminal.type('3');
    await terminal.answer('image to remove', 'd3');
    await terminal.answer('Remove d3?', 'yes');
    await mainMenu(terminal, 'removed d3:1');
    expect(images()).toEqual(['d1 ready']);

    terminal.type('10');
    expect(await terminal.ends()).toBe(0);
  });

  test('by arrows; Ctrl-C twice leaves', async () => {
    using terminal = open();
    await mainMenu(terminal);
    terminal.press('Down', 'Down', 'Up', 'Enter');
    await mainMenu(terminal, 'action: 2 - List');
    terminal.press('Up');
    await terminal.shows(/→\s+10 - Exit/);
    terminal.press('C-c');
    await mainMenu(terminal, 'once more leaves');
    terminal.press('C-c');
    expect(await terminal.ends()).toBe(0);
  });

  test('narrow, without colour, without UTF-8, and made smaller: everything fits and is ASCII', async () => {
    using terminal = open({ columns: 60, rows: 30, env: { NO_COLOR: '1', LANG: 'C', LC_ALL: 'C' } });
    const wide = await mainMenu(terminal);
    expect(wide).toMatch(/^[\x20-\x7e\n]*$/);
    expect(wide).toContain(' ->  1 - Manage and create');
    // oxlint-disable-next-line no-control-regex
    expect(terminal.screen({ colour: true })).not.toMatch(/\u001b\[[0-9;]*3\dm/);
    terminal.resize(46, 16);
    terminal.press('Down');
    const small = await terminal.shows(/->\s+2 - List/);
    expect(small).toMatch(/Select an action:\n\s+-->:/);
    for (const line of small.split('\n')) expect(line.length).toBeLessThanOrEqual(46);
  });

  test('work that waits is stopped by Ctrl-C; -i and -d log it', async () => {
    // Somebody else builds d9: whoever wants to make it waits, with a line that says so.
    using _ = await lock(pathsUnder(root).locks, 'image-d9', 'build of d9', {});
    using terminal = open({}, '-d');
    await createDemo(terminal, 'd9');
    await terminal.shows('build of d9');
    terminal.press('C-c');
    await mainMenu(terminal, 'Back at the main menu');
    const file = join(root, 'demo.yml');
    await writeFile(file, 'image_data:\n  name: dp\n  image_class: DemoImage\n  my_message: hi\n');
    terminal.type('5');
    await terminal.answer('path of the parameters file', file);
    await mainMenu(terminal, 'dp:1');
    terminal.type('exit');
    expect(await terminal.ends()).toBe(0);
  });

  test('without a terminal: an error that names the commands, exit code 2', () => {
    const env = { ...process.env, SLIPWAY_ROOT: root };
    const { status, stderr, stdout } = spawnSync(SLIPWAY, ['menu'], { env, input: '', encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error[menu/no-terminal]');
    expect(stderr.replace(/\s+/g, ' ')).toContain('slipway livenet create');
  });
});

describe('a livenet image from questions', { timeout: 300_000 }, () => {
  const PASSWORD = 'Opaque-s3cret';
  const VERSION = '5.14.0-503.el9.x86_64';

  /** A pool with a kernel, and a repository whose server takes requests and never answers. */
  async function site() {
    const stack = new AsyncDisposableStack();
    const pool = stack.use(await PoolTrial.open());
    await pool.add([VERSION], { root: await pool.host('host', VERSION) });
    const key = await SigningKey.make(pool.directory, 'key');
    stack.defer(() => key.close());
    const server = createServer(() => {});
    const up = async (port: number) => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    };
    const down = () => {
      server.closeAllConnections();
      server.close();
    };
    await up(0);
    const { port } = server.address() as AddressInfo;
    down();
    stack.defer(down);
    const url = `http://127.0.0.1:${port}/`;
    const { paths } = pool.installation;
    await mkdir(paths.etc, { recursive: true });
    await writeFile(
      join(paths.etc, 'config.yml'),
      `redhat: {repositories: [{id: silent, baseurl: '${url}', gpgkey: ${key.file}}]}\n`,
    );
    return {
      root: paths.root,
      /** From now on requests are taken; `asked` is done with the first one. */
      async up(): Promise<{ asked: Promise<unknown> }> {
        await up(port);
        return { asked: once(server, 'request') };
      },
      down,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  }

  async function answerAll(terminal: Terminal): Promise<void> {
    await choose(terminal, '1', 'livenet', '1');
    await terminal.answer('name of the new image', 'Live 1');
    await terminal.shows('is not a valid image name');
    await terminal.answer('name of the new image', 'live1');
    await terminal.answer('Select the kernel', '1');
    await terminal.answer('password of root', PASSWORD);
    await terminal.answer('Once more', 'something else');
    await terminal.shows('They differ');
    await terminal.answer('password of root', PASSWORD);
    await terminal.answer('Once more', PASSWORD);
    await terminal.answer('Select the type', 'min');
    for (const [size, told] of [
      ["5'5G", 'Not a valid size unit format'],
      ['10', 'Size out of limits'],
    ] as const) {
      await terminal.answer('size of the image', size);
      await terminal.shows(told);
    }
    await terminal.answer('size of the image', '1.5G');
    await terminal.answer('ssh public key', '/nowhere/id.pub');
    await terminal.shows('SSH public key not found');
    terminal.press('C-u');
    await terminal.answer('ssh public key', '');
    await terminal.answer('SELinux', 'no');
    await terminal.answer('Release version', '9');
    await terminal.shows('Names of packages cannot be checked now.');
    await terminal.answer('Additional packages', 'gzip @@a -rf');
    await terminal.shows(/"@@a" not available[^]*"-rf" not available/); // all at once (defect 9)
    await terminal.answer('Additional packages', 'gzip');
    await terminal.answer('Optimize', 'no');
    await terminal.asks('Make this image?');
  }

  test('defect 20: no password is seen; Ctrl-C ends a build; after a failure the same answers are there', async () => {
    await using silent = await site();
    using terminal = open({ rows: 50, env: { SLIPWAY_ROOT: silent.root } });
    await answerAll(terminal);
    const { asked } = await silent.up();
    terminal.type('');
    await asked; // the package manager waits for the server
    expect(commands(PASSWORD)).toEqual([]);
    expect(commands(silent.root).some((line) => line.includes('dnf'))).toBe(true);
    terminal.press('C-c');
    await mainMenu(terminal, 'Back at the main menu');
    expect(commands(silent.root)).toEqual([]);

    silent.down();
    await answerAll(terminal);
    terminal.type('');
    await terminal.asks('Try again with the same answers');
    terminal.type('');
    const field = async (question: string, text: string) => {
      expect(await terminal.asks(question)).toMatch(new RegExp(`-->: ${RegExp.escape(text)}\\s*$`));
      terminal.type('');
    };
    await field('name of the new image', 'live1');
    await terminal.answer('Select the kernel', '');
    await terminal.answer('Keep the password of before', '');
    expect(await terminal.asks('Select the type')).toMatch(/→\s+3 - Minimal/);
    terminal.type('');
    await field('size of the image', '1.5G');
    await terminal.answer('ssh public key', '');
    await terminal.answer('SELinux', '');
    await field('Release version', '9');
    await field('Additional packages', 'gzip');
    await terminal.answer('Optimize', '');
    await terminal.asks('Make this image');
    terminal.press('C-c');
    await mainMenu(terminal, 'Back at the main menu');

    const all = terminal.screen({ all: true });
    expect(all).toContain('live1');
    expect(all).not.toContain(PASSWORD);
    expect(spawnSync('grep', ['-rFl', PASSWORD, silent.root], { encoding: 'utf8' }).stdout).toBe('');
  });

  test('the terminal is killed during a build: menu, package manager and their files are gone at once', async () => {
    await using silent = await site();
    using terminal = open({ rows: 50, env: { SLIPWAY_ROOT: silent.root } });
    await answerAll(terminal);
    const { asked } = await silent.up();
    terminal.type('');
    await asked;
    const { pid } = terminal;
    const menu = () => runs(pid) && `menu ${pid}`;
    expect(menu()).toBe(`menu ${pid}`);
    terminal.kill();
    await gone(menu);
    await gone(() => commands(silent.root).join('\n'));
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(silent.root);
    // It was stopped, not killed: nothing is left for the next command to clean.
    expect(readdirSync(join(silent.root, 'var/lib/slipway/work')).filter((name) => name !== 'locks')).toEqual(
      [],
    );
  });
});

describe('the same by commands', { timeout: 60_000 }, () => {
  const slipway = (words: readonly string[], input = '') => {
    const env = { ...process.env, SLIPWAY_ROOT: root };
    return spawnSync(SLIPWAY, words, { env, input, encoding: 'utf8' });
  };
  const code = (stdout: string): string[] => {
    const error = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      code: string;
      also?: { code: string }[];
    };
    return [error.code, ...(error.also ?? []).map((one) => one.code)];
  };

  test('livenet create: all mistakes at once, nothing made; no password, no question to nobody', () => {
    const words = [
      'livenet',
      'create',
      'Bad Name',
      '--kernel',
      '6.1',
      '--size',
      "5'5G",
      '--release',
      'x',
      '--package',
      'a b',
      '--ssh-key',
      '/nowhere',
    ];
    const { status, stdout } = slipway([...words, '--password-stdin', '--json'], 'secret\n');
    expect(status).toBe(2);
    expect(code(stdout)).toEqual([
      'parameters/name', 'parameters/no-kernel', 'parameters/package', 'parameters/release', 'parameters/size-form', 'parameters/no-key',
    ]); // prettier-ignore
    expect(stdout).not.toContain('secret');
    const silent = slipway(['nfs', 'staging', 'st1', '--kernel', '6.1']);
    expect([silent.status, silent.stderr]).toEqual([2, expect.stringContaining('--password-stdin')]);
  });

  test('demo create and corrupt; what has content is not damaged', async () => {
    const { status, stdout } = slipway(['demo', 'create', 'shown', '--message', 'hi', '--json']);
    expect([status, JSON.parse(stdout)]).toMatchObject([
      0,
      { event: 'built', image: 'shown', generation: 1 },
    ]);
    expect(slipway(['demo', 'create', 'shown']).stderr).toContain('error[parameters/exists]');
    expect(slipway(['demo', 'corrupt', 'shown']).stdout).toBe('shown:1 is broken\n');
    await publish(await Catalog.open(pathsUnder(root)), 'real');
    expect(slipway(['demo', 'corrupt', 'real']).stderr).toContain('error[image/not-a-demo]');
    expect(images()).toContain('real ready');
  });
});
