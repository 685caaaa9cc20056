/**
 * A server in a virtual machine: Debian's kernel with its NFS server, and Slipway as it is installed. On a network
 * of its own, with nodes that boot from it. Gone when it is disposed of, and when the test is killed.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeDocument } from '../../../src/node/schema.ts';
import type { Namespace } from '../../../src/system/namespace.ts';
import { pathsUnder } from '../../../src/system/paths.ts';
import { run } from '../../../src/system/process.ts';
import { findQemu } from '../../../src/vm/firmware.ts';
import { probeAccelerator } from '../../../src/vm/kvm-probe.ts';
import { openTestNetwork, type TestNetwork } from '../../../src/vm/network.ts';
import type { Accelerator, Disk } from '../../../src/vm/qemu.ts';
import { cachedImage, type CachedImage } from '../image-cache.ts';
import type { ClusterNode } from '../nfs-cluster.ts';
import { startGuest, type Guest } from './guest.ts';
import { programDisk } from './program-disk.ts';
import { laidOver, rootDisk, type RootDisk } from './root-disk.ts';
import { makeSite, nodeAddress } from './site.ts';
import { keyPair, openShell, type KeyPair, type Shell } from './ssh.ts';
import { Stages } from './stages.ts';

export const ADDRESS = '198.18.87.2';
const IPV6 = 'fd5e:51bf:a700:1::2';

const ANY = Array.from({ length: 256 }, (_, code) => code);
/** MiB. */
const MEMORY = { server: 1280, node: 640 };

export interface ServerOptions {
  /** Of the server; default: test/recipes/nfs-server.yml. */
  recipe?: string;
  /** File system of what it keeps, and what trees of nodes are on it; default: ext4, overlay. */
  store?: 'btrfs' | 'reflink';
  /** Further arguments of its kernel. */
  arguments?: string;
  /** An empty directory for disks and consoles. */
  work: string;
  image: CachedImage;
  /** What the registry says of them, by name. */
  nodes: Readonly<Record<string, Partial<NodeDocument>>>;
}

interface Parts {
  work: string;
  /** For keys and sockets, whose paths must be short. */
  keys: string;
  names: readonly string[];
  network: TestNetwork;
  accelerator: Accelerator;
  root: RootDisk;
  arguments: string;
  /** Opens the server, and the nodes. */
  user: KeyPair & { file: string };
  host: KeyPair;
}

export class NfsServer implements AsyncDisposable {
  readonly network: TestNetwork;
  readonly #parts: Parts;
  readonly #stack: AsyncDisposableStack;
  #running: { guest: Guest; shell: Shell; stages?: Stages } | undefined;
  #boots = 0;

  private constructor(parts: Parts, stack: AsyncDisposableStack) {
    this.network = parts.network;
    this.#parts = parts;
    this.#stack = stack;
    stack.defer(() => this.#stop());
  }

  /** Returns when the server's system is up; Slipway does not run yet. */
  static async open(options: ServerOptions): Promise<NfsServer> {
    const { work, image, nodes, recipe = 'test/recipes/nfs-server.yml' } = options;
    const root = await rootDisk(await cachedImage(recipe));
    const accelerator = await probeAccelerator(pathsUnder(image.root), await findQemu(), root.kernel);
    await using stack = new AsyncDisposableStack();
    const names = Object.keys(nodes);
    const network = stack.use(await openTestNetwork(1 + names.length));
    const keys = await mkdtemp(join(tmpdir(), 'slipway-keys-'));
    stack.defer(async () => await rm(keys, { recursive: true, force: true }));
    const [user, host] = [await keyPair(keys, 'user'), await keyPair(keys, 'host')];

    const site = join(work, 'site');
    const { store } = options;
    const tree = store === undefined;
    const kept = await makeSite({ root: site, image, nodes, network, tree, key: user.public });
    await dataDisk(join(work, 'data'), kept, store, network.namespace);
    await rm(site, { recursive: true, force: true });
    // What the system writes stays out of the cache.
    const own = join(work, 'root.qcow2');
    await run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', root.disk, own]);
    await programDisk(join(work, 'program'));

    const more = options.arguments ?? '';
    const parts = { work, keys, names, network, accelerator, root, arguments: more, user, host };
    const server = new NfsServer(parts, stack.move());
    await server.#start(store === undefined ? {} : { trees: store });
    return server;
  }

  get guest(): Guest {
    return this.#here.guest;
  }

  get #here() {
    if (!this.#running) throw new Error('the server does not run');
    return this.#running;
  }

  /** What a script prints in the server. */
  async ask(script: string): Promise<string> {
    return (await this.#here.shell.run(script)).stdout.trimEnd();
  }

  /** A command of Slipway there, which takes ten seconds and more. `codes`: exit codes that are no failure. */
  async slipway(words: string, codes = [0]): Promise<{ code: number; said: string }> {
    const { code, stdout, stderr } = await this.#here.shell.run(`/opt/slipway/bin/slipway ${words}`, {
      okCodes: ANY,
    });
    const said = stdout + stderr;
    if (!codes.includes(code)) throw new Error(`slipway ${words}: exit code ${code}\n${said}`);
    return { code, said };
  }

  /** Until `slipway serve` listens, which is a unit of the system. */
  async listening(): Promise<void> {
    const here = this.#here;
    here.stages ??= new Stages(here.shell);
    await here.stages.until(({ stage }) => stage === 'listening', 0, here.guest.failed);
  }

  /** Switches a node on; returns when it has reported that it is ready, and lets us in. */
  async boot(name: string, disks?: readonly Disk[]): Promise<ClusterNode> {
    await this.listening();
    const { stages, guest: own } = this.#here;
    if (!stages) throw new Error('nobody listens');
    const { names, network, accelerator, work, keys, user } = this.#parts;
    const number = names.indexOf(name) + 1;
    const from = stages.heard.length;
    await using stack = new AsyncDisposableStack();
    const guest = stack.use(
      await startGuest({
        name: `${name}-${++this.#boots}`,
        network,
        tap: number,
        accelerator,
        memory: MEMORY.node,
        logs: work,
        disks,
      }),
    );
    const failed = Promise.race([guest.failed, own.failed]);
    failed.catch(() => {});
    await stages.until((one) => one.node === name && one.stage === 'ready', from, failed);
    const { namespace } = network;
    const address = nodeAddress(number);
    const shell = stack.use(
      await openShell({ namespace, address, identity: user.file, work: keys, failed: guest.failed }),
    );
    const kept = stack.move();
    return {
      guest,
      shell,
      stages: stages.heard.slice(from).filter((one) => one.node === name),
      ask: async (script) => (await shell.run(script)).stdout.trimEnd(),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  }

  /** Its system starts anew, from the same disks. @param nfs settings from then on */
  async reboot(nfs: Record<string, unknown>): Promise<void> {
    const { guest, shell } = this.#here;
    // The connection ends with it.
    shell.start('systemctl reboot').done.catch(() => {});
    await guest.ended;
    await this.#start(nfs);
  }

  async #start(nfs: Record<string, unknown>): Promise<void> {
    await this.#stop();
    const { work, keys, network, accelerator, root, user, host } = this.#parts;
    const args = `console=ttyS0,115200 panic=-1 ${this.#parts.arguments}`;
    const initramfs = join(work, 'initramfs');
    const files = laidOver(serverFiles(nfs, user.public, host));
    await writeFile(initramfs, Buffer.concat([await readFile(root.initramfs), files]));
    await using stack = new AsyncDisposableStack();
    const guest = stack.use(
      await startGuest({
        name: `server-${++this.#boots}`,
        network,
        tap: 0,
        accelerator,
        memory: MEMORY.server,
        logs: work,
        disks: [
          { file: join(work, 'root.qcow2'), format: 'qcow2', serial: 'root' },
          { file: join(work, 'data'), format: 'raw', serial: 'data' },
          { file: join(work, 'program'), format: 'raw', serial: 'program', readonly: true },
        ],
        kernel: { file: root.kernel, initramfs, arguments: args },
      }),
    );
    const shell = await openShell({
      namespace: network.namespace,
      address: ADDRESS,
      identity: user.file,
      work: keys,
      hostKey: host.public.split(' ').slice(0, 2).join(' '),
      failed: guest.failed,
    });
    stack.move();
    this.#running = { guest, shell };
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stages?.[Symbol.asyncDispose]();
    await running?.shell[Symbol.asyncDispose]();
    await running?.guest[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** A disk with what is in `kept`. */
async function dataDisk(
  file: string,
  kept: string,
  store: ServerOptions['store'],
  namespace: Namespace,
): Promise<void> {
  if (store === undefined) {
    await run(['mke2fs', '-q', '-t', 'ext4', '-m', '0', '-d', kept, file, '4G']);
    return;
  }
  await run(['truncate', '-s', '4G', file]);
  await run([store === 'btrfs' ? 'mkfs.btrfs' : 'mkfs.xfs', '-q', file]);
  const at = `${file}.mounted`;
  await mkdir(at);
  await namespace.run(['mount', '-o', 'loop', file, at]);
  await namespace.run(['cp', '-a', `${kept}/.`, at]);
  await namespace.run(['umount', at]);
}

function serverFiles(nfs: Record<string, unknown>, key: string, host: KeyPair) {
  const config = {
    serve: { address: ADDRESS },
    dhcp: { mode: 'full', range: '198.18.87.100,198.18.87.200,255.255.255.0,1h' },
    nfs,
    trap: 'poweroff',
  };
  return {
    'etc/hostname': { content: 'server\n' },
    'etc/slipway/config.yml': { content: JSON.stringify(config) },
    'root/.ssh/authorized_keys': { content: key, mode: 0o600 },
    'etc/ssh/ssh_host_ed25519_key': { content: host.private, mode: 0o600 },
    'etc/ssh/ssh_host_ed25519_key.pub': { content: host.public },
    'etc/systemd/network/10-server.network': {
      content: `[Match]\nType=ether\n[Network]\nAddress=${ADDRESS}/24\nAddress=${IPV6}/64\nIPv6AcceptRA=no\n`,
    },
    // Else nodes wait for a minute and a half after each start for one that was switched off.
    'etc/nfs.conf.d/test.conf': { content: '[nfsd]\ngrace-time=10\nlease-time=10\n' },
    // So that its events can be read.
    'etc/systemd/system/slipway.service.d/json.conf': {
      content: '[Service]\nExecStart=\nExecStart=/opt/slipway/bin/slipway serve --json\n',
    },
  };
}
