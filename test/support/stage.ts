/**
 * A host of its own for tests that mount: a private mount namespace in which `slipway` runs as on a
 * machine. Whatever happens to the test, the kernel drops what was mounted; {@link restart} is a power cut.
 */
import { join } from 'node:path';
import { Namespace } from '../../src/system/namespace.ts';
import type { RunResult } from '../../src/system/process.ts';
import type { MountView } from '../../src/mounts/record.ts';
import type { Listed } from '../../src/image/types.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const SLIPWAY = join(CHECKOUT, 'bin/slipway');
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

export interface Answer {
  code: number;
  /** The last line: the result, or the error. */
  last: Record<string, unknown> & { code?: unknown; what?: string; why?: string };
  lines: Record<string, unknown>[];
  stderr: string;
}

export class Stage implements AsyncDisposable {
  readonly root: string;
  #namespace: Namespace;

  private constructor(root: string, namespace: Namespace) {
    this.root = root;
    this.#namespace = namespace;
  }

  /** @param root SLIPWAY_ROOT */
  static async open(root: string): Promise<Stage> {
    return new Stage(root, await Namespace.open());
  }

  /** Where an image is mounted. */
  tree(name: string): string {
    return join(this.root, 'var/lib/slipway/mounts', name, 'mnt');
  }

  /** Runs `slipway WORDS --json`; any exit code is fine. */
  async slipway(...words: string[]): Promise<Answer> {
    const { code, stdout, stderr } = await this.#run([SLIPWAY, ...withJson(words)]);
    const lines = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { code, lines, last: lines.at(-1) ?? {}, stderr };
  }

  /** The same; fails unless it succeeds. */
  async ok<T = Record<string, unknown>>(...words: string[]): Promise<T> {
    const { code, last, stderr } = await this.slipway(...words);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${JSON.stringify(last)} ${stderr}`);
    return last as T;
  }

  /** Exit code and code of the error. */
  async fails(...words: string[]): Promise<string> {
    const { code, last } = await this.slipway(...words);
    return `${code} ${String(last.code)}`;
  }

  async mount(name: string): Promise<MountView & { already: boolean; resumed: boolean }> {
    return await this.ok('image', 'mount', name);
  }

  async list(): Promise<Listed[]> {
    return await this.ok<Listed[]>('image', 'ls');
  }

  /** A shell script on this host; fails unless it succeeds. */
  async sh(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.#run(['sh', '-ec', script]);
    if (code !== 0) throw new Error(`failed with ${code}: ${script}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** The same in a mounted image. */
  async inside(name: string, script: string): Promise<string> {
    return (await this.#namespace.run(['chroot', this.tree(name), '/bin/sh', '-ec', script])).stdout;
  }

  /** Runs any program on this host; any exit code is fine. */
  async run(argv: readonly string[], env: Record<string, string> = {}): Promise<RunResult> {
    return await this.#run(argv, env);
  }

  start(argv: readonly string[], env: Record<string, string> = {}) {
    return this.#namespace.start(argv, { env: this.#env(env), okCodes: ANY_CODE });
  }

  /** Mounts below the root, by mount point. */
  async mounts(): Promise<string[]> {
    const table = (await this.#namespace.run(['cat', '/proc/self/mountinfo'])).stdout;
    return table
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(`${this.root}/`))
      .map((path) => path.slice(this.root.length));
  }

  /** What a power cut leaves: files, no mounts, no processes. */
  async restart(): Promise<void> {
    await this.#namespace[Symbol.asyncDispose]();
    this.#namespace = await Namespace.open();
  }

  async #run(argv: readonly string[], env: Record<string, string> = {}): Promise<RunResult> {
    return await this.#namespace.run(argv, { env: this.#env(env), okCodes: ANY_CODE });
  }

  #env(env: Record<string, string>): Record<string, string> {
    return { SLIPWAY_ROOT: this.root, ...env };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespace[Symbol.asyncDispose]();
  }
}

/** Behind `--` stands a command of the image. */
function withJson(words: readonly string[]): string[] {
  const at = words.indexOf('--');
  return at < 0 ? [...words, '--json'] : [...words.slice(0, at), '--json', ...words.slice(at)];
}
