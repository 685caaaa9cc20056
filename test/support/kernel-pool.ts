/** A trial installation with a pool, for tests of kernels. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import type { PackedLayer, Resolved } from '../../src/image/types.ts';
import { addKernels, type Added, type AddOptions } from '../../src/kernels/add.ts';
import { initramfsKey } from '../../src/kernels/initramfs-key.ts';
import { KernelPool } from '../../src/kernels/pool.ts';
import { loadInstallation, type Installation } from '../../src/system/config.ts';
import type { SlipwayEvent } from '../../src/system/events.ts';
import { run } from '../../src/system/process.ts';
import { fakeRoot, type FakeParts } from './kernel.ts';

export class PoolTrial implements AsyncDisposable {
  readonly directory: string;
  readonly installation: Installation;
  readonly catalog: Catalog;
  readonly pool: KernelPool;
  readonly events: SlipwayEvent[] = [];

  private constructor(directory: string, installation: Installation, catalog: Catalog) {
    this.directory = directory;
    this.installation = installation;
    this.catalog = catalog;
    this.pool = new KernelPool(installation.paths);
  }

  static async open(directory?: string): Promise<PoolTrial> {
    const at = directory ?? (await mkdtemp(join(tmpdir(), 'slipway-pool-')));
    const installation = loadInstallation(join(at, 'root'));
    return new PoolTrial(at, installation, await Catalog.open(installation.paths));
  }

  get sink() {
    return (event: SlipwayEvent) => void this.events.push(event);
  }

  /** A host of its own below `name`, with a kernel. */
  async host(name: string, version: string, parts?: FakeParts): Promise<string> {
    const root = join(this.directory, name);
    await mkdir(root, { recursive: true });
    return await fakeRoot(root, version, parts);
  }

  async add(words: readonly string[], options: AddOptions = {}): Promise<Added[]> {
    return await addKernels(words, options, this.catalog, {
      installation: this.installation,
      sink: this.sink,
    });
  }

  /** Gives a kernel of the pool an initramfs that boots nothing. */
  async initramfs(version: string, modules: readonly string[] = []): Promise<void> {
    const blob = await this.catalog.putBlob(`initramfs of ${version}`);
    using _ = await this.pool.lock(version, 'test');
    const key = await initramfsKey(await this.pool.find(version), modules);
    const entry = { ...blob, made: new Date().toISOString(), from: 'a test', modules: [...modules], key };
    await this.pool.setInitramfs(version, entry, this.catalog.blobPath(blob.digest));
  }

  /** Publishes an image of one layer, packed from a directory, with a kernel of some bytes. */
  async image(name: string, tree: string, more: Partial<Resolved['config']> = {}): Promise<string> {
    const { paths } = this.installation;
    await mkdir(paths.work, { recursive: true });
    const file = join(paths.work, `${name}.squashfs`);
    await run(['mksquashfs', tree, file, '-noappend', '-quiet', '-no-progress', '-all-root']);
    const blob = await this.catalog.adoptBlob(file);
    const layer: PackedLayer = { ...blob, format: 'squashfs', title: 'tree', key: '', unpacked: 1 };
    const { generation } = await this.catalog.publish({
      config: {
        name,
        os: 'linux',
        architecture: 'amd64',
        date: '2026-01-01T00:00:00Z',
        layers: [layer],
        kernel: { version: '1.0-old', arguments: ['quiet', 'console=ttyS0'], modules: [] },
        packages: [],
        system: {},
        ...more,
      },
      kernel: await this.catalog.putBlob('old kernel'),
      initramfs: await this.catalog.putBlob('old initramfs'),
    });
    return `${name}:${generation}`;
  }

  async write(path: string, content: string | Uint8Array): Promise<string> {
    const file = join(this.directory, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
