/** A trial installation and a root tree of one static busybox: builds on it take a fraction of a second. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from '../../src/build/build.ts';
import type { BuildOptions } from '../../src/build/context.ts';
import { loadRecipe } from '../../src/recipe/load.ts';
import { loadInstallation, type Installation } from '../../src/system/config.ts';
import type { Built, SlipwayEvent } from '../../src/system/events.ts';

const APPLETS = ['sh', 'ls', 'cat', 'rm', 'mkdir', 'ln', 'cp', 'mv', 'chmod', 'chown', 'find', 'id', 'mknod', 'mount', 'wget', 'touch', 'dd', 'true', 'false', 'sleep', 'echo', 'stat', 'ip', 'truncate', 'hostname', 'ps', 'env']; // prettier-ignore

export class Trial implements AsyncDisposable {
  readonly directory: string;
  readonly installation: Installation;

  private constructor(directory: string) {
    this.directory = directory;
    this.installation = loadInstallation(join(directory, 'root'));
  }

  /** An empty installation beside a directory `tree` with the tiny root tree. */
  static async open(): Promise<Trial> {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-trial-'));
    await tinyTree(join(directory, 'tree'));
    return new Trial(directory);
  }

  /** Writes `<name>.yml`, whose source is the tiny tree unless `text` says otherwise; returns its path. */
  async recipe(name: string, text: string): Promise<string> {
    const file = join(this.directory, `${name}.yml`);
    const source = /^(from|source):/m.test(text) ? '' : 'source: {directory: {path: tree}}\n';
    await writeFile(file, `name: ${name}\n${source}${text}`);
    return file;
  }

  async write(path: string, content: string): Promise<string> {
    const file = join(this.directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  async build(
    file: string,
    options: Partial<BuildOptions> = {},
  ): Promise<{ built: Built; events: SlipwayEvent[] }> {
    const events: SlipwayEvent[] = [];
    const recipe = await loadRecipe(file, { env: {} });
    const built = await build(this.installation, recipe, { sink: (e) => events.push(e), ...options });
    return { built, events };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function tinyTree(path: string): Promise<void> {
  if (!existsSync('/bin/busybox')) throw new Error('busybox-static is not installed: run make test');
  await mkdir(join(path, 'usr/bin'), { recursive: true });
  for (const directory of ['etc', 'root', 'tmp', 'var/log', 'var/cache', 'proc', 'sys', 'dev', 'run'])
    await mkdir(join(path, directory), { recursive: true });
  await copyFile('/bin/busybox', join(path, 'usr/bin/busybox'));
  for (const applet of APPLETS) await symlink('busybox', join(path, 'usr/bin', applet));
  await symlink('usr/bin', join(path, 'bin'));
  await writeFile(join(path, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(join(path, 'etc/group'), 'root:x:0:\ndaemon:x:1:\n');
  await writeFile(join(path, 'etc/os-release'), 'ID=tiny\nPRETTY_NAME="Tiny tree"\n');
}

/** Mounts, loop devices and processes of the whole machine that mention `text`. */
export function traces(text: string): string[] {
  const out = (argv: [string, ...string[]]) =>
    execFileSync(argv[0], argv.slice(1), { encoding: 'utf8' }).split('\n');
  return [
    ...out(['cat', '/proc/self/mountinfo']),
    ...out(['losetup', '--all', '--list', '--noheadings', '--output', 'NAME,BACK-FILE']),
    ...out(['ps', '-eo', 'pid,args']).filter((line) => !line.includes('vitest')),
  ].filter((line) => line.includes(text));
}
