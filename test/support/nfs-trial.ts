/** A host with a store for trees on a file system of its choice, and an image in which everything is that a file can have. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpio } from '../../src/boot/cpio.ts';
import { Catalog } from '../../src/image/catalog.ts';
import type { Generation } from '../../src/image/types.ts';
import { run } from '../../src/system/process.ts';
import { loadInstallation, type Installation } from '../../src/system/config.ts';
import { publishSpecial, type SpecialOptions } from './special-tree.ts';
import { Stage } from './stage.ts';

const SUPPORT = import.meta.dirname;

/** An initramfs that looks as if it could mount NFS. */
const INITRAMFS = cpio([
  { path: 'usr', mode: 0o755 },
  { path: 'usr/lib', mode: 0o755 },
  { path: 'usr/lib/slipway', mode: 0o755 },
  { path: 'usr/lib/slipway/nfs.sh', mode: 0o644, content: '' },
  { path: 'usr/lib/slipway/private.sh', mode: 0o644, content: '' },
  ...['lib', 'lib/modules', 'lib/modules/6.1.0', 'lib/modules/6.1.0/kernel', 'lib/modules/6.1.0/kernel/fs', 'lib/modules/6.1.0/kernel/fs/nfs'].map((path) => ({ path, mode: 0o755 })), // prettier-ignore
  ...['nfs', 'nfsv3', 'nfsv4'].map((name) => ({ path: `lib/modules/6.1.0/kernel/fs/nfs/${name}.ko`, mode: 0o644, content: '' })), // prettier-ignore
]);

export class NfsTrial implements AsyncDisposable {
  readonly directory: string;
  readonly installation: Installation;
  readonly stage: Stage;

  private constructor(directory: string, installation: Installation, stage: Stage) {
    this.directory = directory;
    this.installation = installation;
    this.stage = stage;
  }

  /** @param config lines of `nfs:` in config.yml, in braces */
  static async open(config = ''): Promise<NfsTrial> {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-nfs-'));
    const root = join(directory, 'root');
    await mkdir(join(root, 'etc/slipway'), { recursive: true });
    const trial = new NfsTrial(directory, loadInstallation(root), await Stage.open(root));
    await trial.configure(config);
    return trial;
  }

  async configure(config: string): Promise<void> {
    const file = join(this.stage.root, 'etc/slipway/config.yml');
    await writeFile(file, `nfs: { server: "off", ${config} }\n`);
  }

  get paths() {
    return this.installation.paths;
  }

  /** Where the store is. */
  get store(): string {
    return this.paths.nfs;
  }

  /** Where a node's tree is mounted. */
  tree(node: string, image = 'special'): string {
    return join(this.paths.exports, 'nodes', image, node);
  }

  /** A generation of `special`; another one each time where `bytes` differ. */
  async image(options: SpecialOptions = {}): Promise<Generation> {
    const work = await mkdtemp(join(this.directory, 'image-'));
    const catalog = await Catalog.open(this.paths);
    return await publishSpecial(catalog, work, '/etc/hostname', { initramfs: INITRAMFS, ...options });
  }

  /** Puts the store on a new file system of `size`, until the stage ends. @param mkfs program and flags */
  async storeOn(mkfs: readonly string[], size: string, type: string): Promise<void> {
    const file = join(this.directory, 'disk');
    await run(['truncate', '--size', size, file]);
    await run([...mkfs, file]);
    await mkdir(this.store, { recursive: true });
    await this.mountStore(type);
  }

  async mountStore(type: string): Promise<void> {
    await this.stage.sh(`mount -t ${type} -o loop ${this.directory}/disk ${this.store}`);
  }

  /** nfs-child.ts: what it says; `killed` if it was, at its `killAt`th change. */
  async child(killAt: number | undefined, work: string, ...words: string[]): Promise<string> {
    const argv = [process.execPath, '--import', join(SUPPORT, 'kill-at.ts'), join(SUPPORT, 'nfs-child.ts'), this.stage.root, work, ...words]; // prettier-ignore
    try {
      const env = killAt === undefined ? undefined : { KILL_AT: String(killAt) };
      const { code, stdout, stderr } = await this.stage.run(argv, env);
      return code === 137 ? 'killed' : stdout + stderr;
    } catch (error) {
      if ((error as Error).message.includes('SIGKILL')) return 'killed';
      throw error;
    }
  }

  /** The same, not killed; fails unless it succeeds. */
  async ok<T = Record<string, unknown>>(work: string, ...words: string[]): Promise<T> {
    const said = await this.child(undefined, work, ...words);
    const [first = '{}'] = said.split('\n');
    const answer = JSON.parse(first.startsWith('{') ? first : '{"code":"none"}') as T & { code?: string };
    if (answer.code !== undefined) throw new Error(said);
    return answer;
  }

  /** Everything in the store but locks, records and what mounts keep, by path. */
  async inStore(): Promise<string[]> {
    const found = await this.stage.sh(`cd ${this.store} && find . -mindepth 1 -maxdepth 4 | sort`);
    return found.split('\n').filter(Boolean);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}
