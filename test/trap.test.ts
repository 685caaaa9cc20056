/**
 * The trap, in machines without a server: kernel and initramfs are handed over by QEMU. What needs one is in
 * boot.test.ts. Limits are wide; the machines run beside each other and mostly wait.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeInitrd } from '../src/boot/node-initrd.ts';
import { Catalog } from '../src/image/catalog.ts';
import { loadInstallation } from '../src/system/config.ts';
import { start } from '../src/system/process.ts';
import { findQemu } from '../src/vm/firmware.ts';
import { probeAccelerator } from '../src/vm/kvm-probe.ts';
import { acceleratorArguments } from '../src/vm/qemu.ts';
import { cachedImage } from './support/image-cache.ts';

const MINUTES = 60_000;
const MAC = '52:54:00:00:00:01';
/**
 * The trap says the code twice, in its box and in a line for logs. An emulated serial port loses bytes when the
 * kernel and a program write to it at once on a loaded machine: one of the two is enough.
 */
const TRAP = /could not boot: conf-missing\b|slipway: trap: conf-missing /;
/** The mux that console and monitor share begins with the console. */
const TO_MONITOR = '\u0001c';

let directory: string;
let machine: string[];
let initramfs: Buffer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-trap-'));
  const image = await cachedImage();
  const { paths } = loadInstallation(image.root);
  const catalog = await Catalog.open(paths);
  const resolved = await catalog.resolve(image.ref);
  const kernel = catalog.blobPath(resolved.kernel?.digest ?? '');
  initramfs = await readFile(catalog.blobPath(resolved.initramfs?.digest ?? ''));
  const program = await findQemu();
  const accelerator = await probeAccelerator(paths, program, kernel);
  machine = [
    [program, '-nodefaults', '-no-user-config', '-no-reboot', '-machine', 'q35,graphics=off'],
    [...acceleratorArguments(accelerator), '-m', '384', '-display', 'none'],
    ['-chardev', 'stdio,id=console,signal=off,mux=on', '-serial', 'chardev:console', '-mon', 'console'],
    ['-netdev', 'user,id=net0,restrict=on'],
    ['-device', `virtio-net-pci,netdev=net0,romfile=,mac=${MAC}`, '-kernel', kernel],
  ].flat();
}, 15 * MINUTES);
afterAll(() => rm(directory, { recursive: true }));

interface Boot {
  arguments: string;
  /** The node initrd. */
  node?: Buffer;
  /** For QEMU's monitor. */
  command?: string;
  /** What ends the test where the machine does not end itself. */
  until?: string;
}

/** Everything that the machine printed until it ended. */
async function boot(name: string, { arguments: words, node, command, until }: Boot): Promise<string> {
  const initrd = join(directory, name);
  await writeFile(initrd, node ? Buffer.concat([initramfs, node]) : initramfs);
  const lines: string[] = [];
  const append = `root=slipway rw quiet console=ttyS0,115200 ${words}`;
  const child = start([...machine, '-initrd', initrd, '-append', append], {
    timeout: 5 * MINUTES,
    input: command === undefined ? undefined : `${TO_MONITOR}${command}\n`,
    onLine: (line) => {
      lines.push(line);
      if (until !== undefined && line.includes(until)) child.stop();
    },
  });
  await child.done.catch((error: unknown) => {
    if (until === undefined || !lines.some((line) => line.includes(until))) throw error;
  });
  return lines.join('\n');
}

it(
  'ends as the kernel arguments say, where the node was told nothing',
  async () => {
    const [off, again, halted] = await Promise.all([
      boot('poweroff', { arguments: 'slipway.trap=poweroff' }),
      boot('reboot', { arguments: 'slipway.trap=reboot' }),
      boot('halt', { arguments: 'slipway.trap=halt', until: 'reboot: System halted' }),
    ]);
    for (const console of [off, again, halted]) expect(console).toMatch(TRAP);
    expect(off).toContain('reboot: Power down');
    expect(again).toContain('reboot: Restarting system');
  },
  6 * MINUTES,
);

it(
  'says that the interface has no carrier',
  async () => {
    const conf = [
      ['node', 'n1'],
      ['trap', 'poweroff'],
    ] as const;
    const console = await boot('carrier', {
      arguments: `slipway.net=${MAC},192.0.2.2,255.255.255.0,, slipway.trap=shell`,
      node: nodeInitrd({ conf, trusted: '' }),
      command: 'set_link net0 off',
    });
    expect(console).toMatch(/slipway: trap: net-nocarrier no carrier on \w+ /);
    expect(console).toContain(`MAC: ${MAC}`);
    // node.conf wins over the kernel arguments.
    expect(console).toContain('reboot: Power down');
  },
  6 * MINUTES,
);
