/**
 * A boot server of this checkout with nfs-ganesha, in namespaces of a test, and machines that boot from it with
 * a shell into each: for tests that do more with nodes than `slipway image test` does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../src/db/database.ts';
import { putContent } from '../../src/files/contents.ts';
import { Catalog } from '../../src/image/catalog.ts';
import { addNodes } from '../../src/node/registry.ts';
import type { NodeDocument } from '../../src/node/schema.ts';
import { loadInstallation, type Installation } from '../../src/system/config.ts';
import type { SlipwayError } from '../../src/system/errors.ts';
import { findQemu } from '../../src/vm/firmware.ts';
import { probeAccelerator } from '../../src/vm/kvm-probe.ts';
import { openTestNetwork, type TestNetwork } from '../../src/vm/network.ts';
import type { Accelerator, Disk } from '../../src/vm/qemu.ts';
import { startServer, type StageReport, type TestServer } from '../../src/vm/server.ts';
import { CHECKOUT, privateCopy, type CachedImage } from './image-cache.ts';
import { startGuest, type Guest } from './nfs-server/guest.ts';
import { keyPair, openShell, type Shell } from './nfs-server/ssh.ts';

const KEYS = '/root/.ssh/authorized_keys';
const COMMAND = [process.execPath, join(CHECKOUT, 'src/cli/start.js')];

export interface ClusterOptions {
  image: CachedImage;
  /** By name; each gets a tap, an address, the key of the shells, and these files. */
  nodes: Readonly<
    Record<string, { files?: Readonly<Record<string, string>>; settings?: Partial<NodeDocument> }>
  >;
  /** MiB of each machine. */
  memory?: number;
}

export interface ClusterNode extends AsyncDisposable {
  guest: Guest;
  shell: Shell;
  /** Reports of this boot. */
  stages: StageReport[];
  /** What a script prints, without the line end. */
  ask(script: string): Promise<string>;
}

export class Cluster implements AsyncDisposable {
  readonly installation: Installation;
  readonly network: TestNetwork;
  /** All that the server told. */
  readonly reports: StageReport[] = [];
  readonly notices: string[] = [];
  readonly #stack: AsyncDisposableStack;
  readonly #names: readonly string[];
  readonly #accelerator: Accelerator;
  readonly #identity: string;
  readonly #memory: number;
  #server: TestServer | undefined;
  /** How many reports there were when a machine was switched on. */
  readonly #begun = new WeakMap<Guest, number>();
  #boots = 0;

  private constructor(
    parts: Pick<Cluster, 'installation' | 'network'>,
    stack: AsyncDisposableStack,
    accelerator: Accelerator,
    identity: string,
    { nodes, memory = 768 }: ClusterOptions,
  ) {
    this.installation = parts.installation;
    this.network = parts.network;
    this.#stack = stack;
    this.#accelerator = accelerator;
    this.#identity = identity;
    this.#names = Object.keys(nodes);
    this.#memory = memory;
  }

  /** The registry is filled; no server runs yet. */
  static async open(options: ClusterOptions): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    const { installation } = stack.use(await privateCopy(options.image));
    const names = Object.keys(options.nodes);
    const network = stack.use(await openTestNetwork(names.length));
    // nfs-ganesha and rpcbind keep things below /run.
    await network.namespace.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'run', '/run']);
    const { paths } = installation;
    await mkdir(paths.logs, { recursive: true });
    const key = await keyPair(paths.root, 'key');
    const { kernel } = await (await Catalog.open(paths)).resolve(options.image.ref);
    const file = join(paths.catalog, 'blobs', kernel?.digest.replace(':', '/') ?? '');
    const accelerator = await probeAccelerator(
      loadInstallation(options.image.root).paths,
      await findQemu(),
      file,
    );
    const cluster = new Cluster({ installation, network }, stack.move(), accelerator, key.file, options);
    await cluster.configure({});
    await using database = await openDatabase(paths.database);
    for (const [index, name] of names.entries()) {
      const { files: texts = {}, settings } = options.nodes[name] ?? {};
      const files: NonNullable<NodeDocument['files']> = {};
      for (const [path, text] of Object.entries({ [KEYS]: key.public, ...texts })) {
        const content = await putContent(database.db, path, Buffer.from(text));
        files[path] = { content, mode: path === KEYS ? '0600' : '0644' };
      }
      await addNodes(database.db, name, {
        macs: [network.taps[index]?.mac ?? ''],
        address: cluster.addressOf(name),
        // The serial port of a machine of src/vm/qemu.ts.
        arguments: ['console=ttyS0,115200'],
        files,
        ...settings,
      });
    }
    return cluster;
  }

  addressOf(name: string): string {
    return `198.18.87.${11 + this.#names.indexOf(name)}`;
  }

  /** Writes config.yml; a server that runs has read it already. */
  async configure(nfs: Record<string, unknown>): Promise<void> {
    const { network } = this;
    const { paths } = this.installation;
    const config = {
      serve: { interface: network.interface, address: network.address },
      dhcp: { mode: 'full', range: network.range },
      nfs: { server: 'ganesha', ...nfs },
      trap: 'poweroff',
    };
    await mkdir(paths.etc, { recursive: true });
    await writeFile(join(paths.etc, 'config.yml'), JSON.stringify(config));
  }

  /** A command of Slipway where the server runs: what it mounts is seen there alone. Returns what it printed. */
  async slipway(...words: string[]): Promise<string> {
    const env = { SLIPWAY_ROOT: this.installation.paths.root };
    const running = this.network.namespace.run([...COMMAND, ...words], { env });
    const { stdout } = await running.catch((error: SlipwayError) => {
      throw new Error(`${error.message}\n${error.output}`, { cause: error });
    });
    return stdout;
  }

  /** Starts `slipway serve`; one that runs is stopped first. Returns when it listens. */
  async serve(): Promise<void> {
    await this.stop();
    const { paths } = this.installation;
    this.#server = await startServer({
      network: this.network,
      command: COMMAND,
      root: paths.root,
      checks: [],
      log: join(paths.logs, 'server.log'),
      onStage: (report) => this.reports.push(report),
      onNotice: (message) => this.notices.push(message),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  /** Sends a signal to nfs-ganesha. */
  signalNfs(signal: NodeJS.Signals): void {
    const { root } = this.installation.paths;
    const found = readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return program.endsWith('ganesha.nfsd') && words.some((word) => word.startsWith(`${root}/`));
      } catch {
        return false; // It has just ended.
      }
    });
    if (found.length !== 1) throw new Error(`${found.length} nfs-ganesha run`);
    process.kill(Number(found[0]), signal);
  }

  /** Switches the machine of a node on. */
  async switchOn(name: string, disks?: readonly Disk[]): Promise<Guest> {
    const begin = this.reports.length;
    const guest = await startGuest({
      name: `${name}-${++this.#boots}`,
      network: this.network,
      tap: this.#names.indexOf(name),
      accelerator: this.#accelerator,
      memory: this.#memory,
      logs: this.installation.paths.logs,
      disks,
    });
    this.#begun.set(guest, begin);
    return guest;
  }

  /** Until a node that was switched on is ready, with a shell. What ends its boot is an error. */
  async ready(name: string, guest: Guest): Promise<ClusterNode> {
    const begin = this.#begun.get(guest) ?? 0;
    const mine = () => this.reports.slice(begin).filter((one) => one.node === name);
    await this.until(() => mine().some(({ stage }) => stage === 'ready'), guest);
    const stages = mine();
    const shell = await openShell({
      namespace: this.network.namespace,
      address: this.addressOf(name),
      identity: this.#identity,
      work: this.installation.paths.root,
      failed: guest.failed,
    });
    return {
      guest,
      shell,
      stages,
      ask: async (script) => (await shell.run(script)).stdout.trimEnd(),
      async [Symbol.asyncDispose]() {
        await shell[Symbol.asyncDispose]();
        await guest[Symbol.asyncDispose]();
      },
    };
  }

  /** Waits for something that can be seen; what ends the machine before is an error. */
  async until(seen: () => boolean, guest: Guest): Promise<void> {
    while (!seen()) await Promise.race([sleep(100), guest.failed, this.#server?.failed]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#stack.disposeAsync();
  }
}

/** Numbers of /proc/self/mountstats for the root, linux/fs/nfs/super.c: what one client asked its server. */
export function mountStatistics(text: string): { requests: number; sent: number; received: number } {
  const root = text.split(/^device /m).find((one) => / mounted on \/ with fstype nfs4? /.test(one)) ?? '';
  const operations = root.slice(root.indexOf('per-op statistics'));
  const rows = [...operations.matchAll(/^\s*[A-Z_0-9]+: (.*)$/gm)].map(([, row = '']) =>
    row.split(' ').map(Number),
  );
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0);
  // Operations, transmissions, timeouts, bytes sent, bytes received, …
  return { requests: sum(0), sent: sum(3), received: sum(4) };
}

/** What this host has mounted below a directory. */
export function mountedBelow(directory: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${directory}/`));
}
