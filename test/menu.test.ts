/** The menu in a real terminal. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lock } from '../src/system/lock.ts';
import { pathsUnder } from '../src/system/paths.ts';
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

const open = (
  options: { env?: Record<string, string>; columns?: number; rows?: number } = {},
  ...args: string[]
) => new Terminal([MENU, ...args], { ...options, env: { SLIPWAY_ROOT: root, ...options.env } });
const QUESTION = /Select an action:\n\s+-->:/;

/** At the main menu again: its footer is below everything else. */
const mainMenu = async (terminal: Terminal) =>
  await terminal.shows(/10 - Exit[\s\S]*Select an action:\n\s+-->:\s*$/);
const images = () => {
  const out = execFileSync(SLIPWAY, ['image', 'ls', '--json'], {
    env: { ...process.env, SLIPWAY_ROOT: root },
  });
  return (JSON.parse(out.toString()) as { name: string; state: string }[]).map(
    ({ name, state }) => `${name} ${state}`,
  );
};

async function createDemo(terminal: Terminal, name: string): Promise<void> {
  await mainMenu(terminal);
  terminal.type('1');
  await terminal.shows('Select the module');
  terminal.type('1');
  await terminal.shows('1 - Create a demo image');
  terminal.type('1');
  await terminal.shows('name of the demo image:');
  terminal.type(name);
  await terminal.shows('my_message');
  terminal.type('');
  await terminal.shows(`${name}:1  built`);
}

describe('the menu', { timeout: 180_000 }, () => {
  test('by numbers: wrong input, Ctrl-C back, demo images made, listed, corrupted, cleaned by the list, cloned, removed; exit', async () => {
    using terminal = open();
    const first = await mainMenu(terminal);
    expect(first).toContain('> Diskless image management\n');
    expect(first).toContain('    1 - Manage and create diskless images (need modules)\n'.trimStart());
    expect(first).toContain('At any time: (CTRL + c) => Return to this main menu.');

    terminal.type('42');
    await terminal.shows('"42" is none of them: type a number from 1 to 10');
    terminal.press('C-u');
    terminal.type('1');
    await terminal.shows('Select the module');
    terminal.press('C-c');
    await terminal.shows('Back at the main menu');

    await createDemo(terminal, 'd1');
    await createDemo(terminal, 'd2');
    expect(images()).toEqual(['d1 ready', 'd2 ready']);
    terminal.type('2');
    expect(await terminal.shows('slipway image ls')).toMatch(
      /\[CREATED\]\n • Image name: d1\n[\s\S]*• Image name: d2\n/,
    );

    await mainMenu(terminal);
    terminal.type('1');
    await terminal.shows('Select the module');
    terminal.type('demo');
    await terminal.shows('2 - Corrupt a demo image');
    terminal.type('2');
    await terminal.shows('image to corrupt:');
    terminal.type('d2');
    await terminal.shows('slipway demo corrupt d2');
    await mainMenu(terminal);
    terminal.type('2');
    await terminal.shows('Removed, for they were broken: d2:1');
    expect(images()).toEqual(['d1 ready']);
    await mainMenu(terminal);

    terminal.type('4');
    await terminal.shows('image to clone:');
    terminal.type('d1');
    await terminal.shows('Name of the new image:');
    terminal.type('d1');
    await terminal.shows('Image d1 already exists');
    terminal.press('C-u');
    terminal.type('d3');
    await terminal.shows('d3:1 is a clone of d1');
    await mainMenu(terminal);

    terminal.type('3');
    await terminal.shows('image to remove:');
    terminal.type('d3');
    await terminal.shows('Remove d3?');
    terminal.type('yes');
    await terminal.shows('removed d3:1');
    expect(images()).toEqual(['d1 ready']);

    await mainMenu(terminal);
    terminal.type('10');
    expect(await terminal.ends()).toBe(0);
  });

  test('by arrows; Ctrl-C twice leaves', async () => {
    using terminal = open();
    await mainMenu(terminal);
    terminal.press('Down', 'Down', 'Up', 'Enter');
    await terminal.shows(/Select an action: 2 - List[\s\S]*10 - Exit[\s\S]*-->:\s*$/);
    terminal.press('Up');
    await terminal.shows(/→\s+10 - Exit/);
    terminal.press('C-c');
    await terminal.shows('once more leaves');
    await mainMenu(terminal);
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
    expect(small).toMatch(QUESTION);
    for (const line of small.split('\n')) expect(line.length).toBeLessThanOrEqual(46);
  });

  test('work that is stopped by Ctrl-C leads back; the terminal that is killed ends it', async () => {
    const { locks } = pathsUnder(root);
    // Somebody else builds d9: whoever wants to make it waits, with a line that says so.
    using _ = await lock(locks, 'image-d9', 'build of d9', {});
    using terminal = open();
    const askFor9 = async () => {
      await mainMenu(terminal);
      terminal.type('1');
      await terminal.shows('Select the module');
      terminal.type('1');
      await terminal.shows('1 - Create a demo image');
      terminal.type('1');
      await terminal.shows('name of the demo image:');
      terminal.type('d9');
      await terminal.shows('my_message');
      terminal.type('');
      await terminal.shows('build of d9');
    };
    await askFor9();
    terminal.press('C-c');
    await terminal.shows('Back at the main menu');
    await askFor9();
    const { pid } = terminal;
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    terminal.kill();
    for (let waited = 0; existsSync(`/proc/${pid}`) && waited < 600; waited++) await setTimeout(100);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('logs on request: -i what is done', async () => {
    using terminal = open({}, '-i');
    await mainMenu(terminal);
    const file = join(root, 'demo.yml');
    await writeFile(file, 'image_data:\n  name: dp\n  image_class: DemoImage\n  my_message: hi\n');
    terminal.type('5');
    await terminal.shows('path of the parameters file:');
    terminal.type(file);
    await terminal.shows('dp:1');
    await mainMenu(terminal);
    terminal.type('exit');
    expect(await terminal.ends()).toBe(0);
  });

  test('without a terminal: an error that names the commands, exit code 2', () => {
    const { status, stderr, stdout } = spawnSync(SLIPWAY, ['menu'], { env: { ...process.env, SLIPWAY_ROOT: root }, input: '', encoding: 'utf8' }); // prettier-ignore
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error[menu/no-terminal]');
    expect(stderr.replace(/\s+/g, ' ')).toContain('slipway livenet create');
  });
});
