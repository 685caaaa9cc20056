/**
 * A server in a virtual machine: Debian's kernel with its NFS server, and Slipway as it is installed. On a network
 * of its own, with taps for the nodes that boot from it. Gone when it is disposed of, and when the test is killed.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase, type Database } from '../../../src/db/database.ts';
import { Catalog } from '../../../src/image/catalog.ts';
import { exportImages } from '../../../src/image/export.ts';
import { importImages } from '../../../src/image/import.ts';
import { loadInstallation } from '../../../src/system/config.ts';
import { pathsUnder } from '../../../src/system/paths.ts';
import { run } from '../../../src/system/process.ts';
import { findQemu } from '../../../src/vm/firmware.ts';
import { probeAccelerator } from '../../../src/vm/kvm-probe.ts';
import { openTestNetwork, type TestNetwork } from '../../../src/vm/network.ts';
import type { Accelerator } from '../../../src/vm/qemu.ts';
import { cachedImage, type CachedImage } from '../image-cache.ts';
import { startGuest, type Guest } from './guest.ts';
import { programDisk } from './program-disk.ts';
import { laidOver, rootDisk, type RootDisk } from './root-disk.ts';
import { keyPair, openShell, type Shell } from './ssh.ts';

/** Beside the address of the host, which has the bridge: see src/vm/network.ts. */
const ADDRESS = '198.18.87.2';
const IPV6 = 'fd5e:51bf:a700:1::2';

/** MiB. */
const MEMORY = 1280;

export interface ServerOptions {
  /** An empty directory for disks, keys and consoles. */
  work: string;
  /** What the nodes boot; the server knows it as `node:1`. */
  image: CachedImage;
  /** How many nodes run at a time. */
  nodes: number;
  /** config.yml, but for `serve` and `dhcp`. */
  config?: Record<string, unknown>;
  /** Fills the registry. Nodes' taps are 1 and up. */
  register: (db: Database['db'], network: TestNetwork, key: string) => Promise<void>;
}

export interface NfsServer extends AsyncDisposable {
  network: TestNetwork;
  accelerator: Accelerator;
  address: string;
  work: string;
  /** File with the private key that opens the server and, if `register` says so, nodes. */
  identity: string;
  /** The machine that runs now. */
  readonly guest: Guest;
  readonly shell: Shell;
  /** Starts its system anew, from the same disks. */
  reboot(): Promise<void>;
}

export async function startNfsServer(options: ServerOptions): Promise<NfsServer> {
  const { work, nodes } = options;
  const root = await rootDisk(await cachedImage('test/recipes/nfs-server.yml'));
  const accelerator = await probeAccelerator(pathsUnder(options.image.root), await findQemu(), root.kernel);
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openTestNetwork(nodes + 1));
  const user = await keyPair(work, 'user');
  const host = await keyPair(work, 'host');
  await makeDisks(options, network, root, user.public);
  const initramfs = join(work, 'initramfs');
  const over = laidOver(serverFiles(options, user.public, host));
  await writeFile(initramfs, Buffer.concat([await readFile(root.initramfs), over]));

  const state = { boots: 0, guest: undefined as Guest | undefined, shell: undefined as Shell | undefined };
  const start = async () => {
    state.boots += 1;
    state.guest = await startGuest({
      name: `server${state.boots}`,
      network,
      tap: 0,
      accelerator,
      memory: MEMORY,
      logs: work,
      disks: [
        { file: join(work, 'root.qcow2'), format: 'qcow2', serial: 'root' },
        { file: join(work, 'data'), format: 'raw', serial: 'data' },
        { file: join(work, 'program'), format: 'raw', serial: 'program', readonly: true },
      ],
      kernel: { file: root.kernel, initramfs, arguments: 'console=ttyS0,115200 panic=-1' },
    });
    state.shell = await openShell({
      namespace: network.namespace,
      address: ADDRESS,
      identity: user.file,
      work,
      hostKey: host.public.split(' ').slice(0, 2).join(' '),
      failed: state.guest.failed,
    });
  };
  const stop = async () => {
    await state.shell?.[Symbol.asyncDispose]();
    await state.guest?.[Symbol.asyncDispose]();
  };
  stack.defer(stop);
  await start();
  const kept = stack.move();
  const here = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error('the server does not run');
    return one;
  };
  return {
    network,
    accelerator,
    address: ADDRESS,
    work,
    identity: user.file,
    get guest() {
      return here(state.guest);
    },
    get shell() {
      return here(state.shell);
    },
    async reboot() {
      // The connection ends with it.
      const { ended } = here(state.guest);
      here(state.shell).start('systemctl reboot').done.catch(() => {});
      await ended;
      await stop();
      await start();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The system's (what is written stays out of the cache), what Slipway keeps, and Slipway. */
async function makeDisks(options: ServerOptions, network: TestNetwork, root: RootDisk, key: string) {
  const { work, image } = options;
  const paths = pathsUnder(join(work, 'site'));
  await mkdir(paths.state, { recursive: true });
  const layout = join(work, 'layout');
  await exportImages(await Catalog.open(loadInstallation(image.root).paths), [image.ref], layout);
  await importImages(await Catalog.open(paths), layout, { name: 'node' });
  {
    await using database = await openDatabase(paths.database);
    await options.register(database.db, network, key);
  }
  await mke2fs(join(work, 'data'), '4G', paths.state);
  await run(['rm', '-rf', layout, join(work, 'site')]);
  await run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', root.disk, join(work, 'root.qcow2')]);
  await programDisk(join(work, 'program'));
}

/** Makes an ext4 in a file, with the content of a directory. */
export async function mke2fs(file: string, size: string, directory?: string, label = ''): Promise<void> {
  const from = directory === undefined ? [] : ['-d', directory];
  await run(['mke2fs', '-q', '-t', 'ext4', '-m', '0', '-L', label, ...from, file, size]);
}

function serverFiles({ config }: ServerOptions, key: string, host: { private: string; public: string }) {
  const site = {
    ...config,
    serve: { address: ADDRESS },
    dhcp: { mode: 'full', range: `198.18.87.100,198.18.87.200,255.255.255.0,1h` },
    trap: 'poweroff',
  };
  return {
    'etc/hostname': { content: 'server\n' },
    'etc/slipway/config.yml': { content: JSON.stringify(site) },
    'root/.ssh/authorized_keys': { content: key, mode: 0o600 },
    'etc/ssh/ssh_host_ed25519_key': { content: host.private, mode: 0o600 },
    'etc/ssh/ssh_host_ed25519_key.pub': { content: host.public },
    'etc/systemd/network/10-server.network': {
      content: `[Match]\nType=ether\n[Network]\nAddress=${ADDRESS}/24\nAddress=${IPV6}/64\nIPv6AcceptRA=no\n`,
    },
    // So that its events can be read.
    'etc/systemd/system/slipway.service.d/json.conf': {
      content: '[Service]\nExecStart=\nExecStart=/opt/slipway/bin/slipway serve --json\n',
    },
  };
}
