/**
 * Records sessions of the menu in a terminal, as docs/images/menu.svg and menu-livenet.svg: a livenet
 * image is made of the test distribution. Needs root, tmux and what tests of RPM images need.
 * Usage: node scripts/record-menu.ts; then look at the pictures.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rpmDistribution } from '../test/support/rpm/distribution.ts';
import { Terminal } from '../test/support/terminal.ts';

process.chdir(join(import.meta.dirname, '..'));
const root = mkdtempSync(join(tmpdir(), 'slipway-record-'));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));

function slipway(...words: string[]): void {
  const { status } = spawnSync('bin/slipway', words, {
    stdio: 'inherit',
    env: { ...process.env, SLIPWAY_ROOT: root },
  });
  if (status !== 0) throw new Error(`slipway ${words.join(' ')}: exit code ${status}`);
}

/** What is on the screen, of that the lines from the one with `first` to the one with `last`. */
function picture(terminal: Terminal, name: string, first = '', last = ''): void {
  const all = (colour: boolean) => terminal.screen({ all: true, colour }).trimEnd().split('\n');
  const plain = all(false);
  const from = first ? plain.findIndex((line) => line.includes(first)) : 0;
  const to = last ? plain.findLastIndex((line) => line.includes(last)) + 1 : undefined;
  const input = all(true).slice(from, to).join('\n');
  const { stdout, status } = spawnSync(process.execPath, ['scripts/terminal-svg.ts', '# slipway menu'], { input }); // prettier-ignore
  if (status !== 0) throw new Error('terminal-svg.ts failed');
  writeFileSync(`docs/images/${name}.svg`, stdout);
}

const { release9, key } = await rpmDistribution();
mkdirSync(join(root, 'etc/slipway'), { recursive: true });
const repository = `{id: baseos, baseurl: '${release9.url}', gpgkey: ${key}, repo_gpgcheck: true}`;
writeFileSync(join(root, 'etc/slipway/config.yml'), `redhat: {repositories: [${repository}]}\n`);
const packages = join(release9.directory, 'Packages');
const kernels = readdirSync(packages).filter((name) => /^kernel-(core|modules)-/.test(name));
slipway('kernel', 'add', ...kernels.map((name) => join(packages, name)));

using terminal = new Terminal([join(process.cwd(), 'bin/disklessset')], {
  columns: 92,
  rows: 70,
  env: { SLIPWAY_ROOT: root, COLORTERM: 'truecolor' },
});
const menu = async (after = '') =>
  await terminal.shows(
    new RegExp(`${RegExp.escape(after)}[^]*10 - Exit[^]*Select an action:\\n\\s+-->:\\s*$`),
  );
await menu();
picture(terminal, 'menu');
await terminal.answer('Select an action', '1');
await terminal.answer('Select the module', '2');
await terminal.shows(/Livenet image module\n[^]*-->:\s*$/);
await terminal.answer('Select an action', '1');
await terminal.answer('name of the new image', 'compute');
await terminal.answer('Select the kernel', '1');
await terminal.answer('password of root', 'shown nowhere');
await terminal.answer('Once more', 'shown nowhere');
await terminal.answer('Select the type', 'minimal');
await terminal.answer('size of the image', '1.5G');
await terminal.asks('ssh public key');
terminal.press('C-u', 'Enter');
await terminal.answer('SELinux', 'no');
await terminal.answer('Release version', '9');
await terminal.answer('Additional packages', 'gzipp');
await terminal.shows("Package 'gzipp' not available");
await terminal.answer('Additional packages', 'gzip');
await terminal.answer('Optimize', '');
await terminal.answer('Make this image', '');
for (;;)
  try {
    await menu('slipway livenet create compute');
    break;
  } catch (error) {
    // Builds take longer than a question.
    if (terminal.screen().includes('Try again')) throw error;
  }
terminal.type('2');
await menu('slipway image ls');
picture(terminal, 'menu-livenet', 'Select an action: 1 -', 'slipway image ls');
terminal.type('10');
await terminal.ends();
process.stdout.write('docs/images/menu.svg and menu-livenet.svg are written: look at them\n');
