/**
 * `slipway image test`: the proof that an image boots. The real server with
 * dnsmasq in a network of its own, real firmware and iPXE in virtual machines;
 * the image passes when the nodes themselves say so.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catalog } from '../image/catalog.ts';
import type { Resolved } from '../image/types.ts';
import { findMode } from '../modes/index.ts';
import type { Installation } from '../system/config.ts';
import { task, type Sink, type Tested } from '../system/events.ts';
import { workDirectory } from '../system/workdir.ts';
import { fail } from './errors.ts';
import { findQemu, findUefi } from './firmware.ts';
import { probeAccelerator } from './kvm-probe.ts';
import { startMachine, type RunningMachine } from './machine.ts';
import { memoryMiB } from './memory.ts';
import { openTestNetwork } from './network.ts';
import type { Machine } from './qemu.ts';
import { startServer } from './server.ts';
import { makeSite } from './site.ts';
import { Verdict } from './verdict.ts';

export interface ImageTestOptions {
  /** Argument vector of the command line without its words, such as `[node, main.ts]`: `serve` and its flags are added. */
  serverCommand: readonly string[];
  sink: Sink;
  signal?: AbortSignal;
  /** Default `bios`. */
  firmware?: 'bios' | 'uefi';
  /** `768M`, `2G` or MiB. Default 2G. */
  memory?: string | number;
  /** Default `ram`. */
  mode?: string;
  /** Shell commands that each node runs once it is up; all must exit with 0. */
  checks?: readonly string[];
  /** Seconds from power-on. Default 300, more for more than two nodes. */
  timeout?: number;
  /** Machines that boot at once, 1 to 64. Default 1. */
  nodes?: number;
  /** Boots through the firmware's own PXE and iPXE over TFTP instead of QEMU's iPXE ROM. UEFI only: SeaBIOS has no PXE. */
  plainPxe?: boolean;
}

/** Milliseconds that a console gets to say the rest when a boot failed. */
const LAST_WORDS = 1500;
/** Lines of the console that a failure shows. */
const SHOWN_LINES = 25;

/**
 * Boots an image and returns how that went; the face prints it. A failed boot is
 * a result and no exception.
 * @throws SlipwayError `vm/…`, `image/…`, `boot/unbootable`, `process/cancelled` where no verdict was possible
 */
export async function imageTest(
  installation: Installation,
  ref: string,
  options: ImageTestOptions,
): Promise<Tested> {
  const { sink, signal, firmware = 'bios', mode = 'ram', checks = [], nodes: count = 1 } = options;
  const memory = memoryMiB(options.memory ?? '2G');
  const program = await findQemu();
  const uefi = firmware === 'uefi' ? await findUefi() : undefined;
  const catalog = await Catalog.open(installation.paths);
  const image = await catalog.resolve(ref);
  checkTestable(image, mode);
  const kernel = catalog.blobPath(image.kernel?.digest ?? '');
  const accelerator = await probeAccelerator(installation.paths, program, kernel, signal);

  await using work = await workDirectory(installation.paths, 'image-test');
  await using network = await openTestNetwork(count, signal);
  const nodes = network.taps.map((_, index) => (count === 1 ? 'test' : `test${index + 1}`));
  const root = join(work.path, 'root');
  await makeSite(root, { installation, catalog, image, mode, network, nodes });

  const label = `${image.generation.name}:${image.generation.generation}`;
  const logs = await logFiles(installation, image, firmware);
  const title = `Booting ${label} (${firmware}, ${memory} MiB, ${accelerator.name}${count > 1 ? `, ${count} nodes` : ''})`;
  return await task(sink, title, async ({ id, end }) => {
    const say = (line: string) => sink({ event: 'output', id, line });
    say(`${accelerator.name}: ${accelerator.why}`);
    const verdict = new Verdict(nodes, checks);
    const decided = Promise.withResolvers<void>();
    const look = () => verdict.decided && decided.resolve();
    let powerOn = performance.now();
    await using server = await startServer({
      network,
      command: options.serverCommand,
      root,
      checks,
      log: logs.server,
      signal,
      onNotice: (message) => sink({ event: 'notice', level: 'warning', message }),
      onStage: (report) => {
        const seconds = Math.round(performance.now() - powerOn) / 1000;
        verdict.heard(report, seconds);
        say(
          `${seconds.toFixed(1).padStart(6)} s  ${count > 1 ? `${report.node} ` : ''}${report.stage} ${report.detail}`.trimEnd(),
        );
        look();
      },
    });

    await using machines = new AsyncDisposableStack();
    const running: RunningMachine[] = [];
    powerOn = performance.now();
    for (const [index, node] of nodes.entries()) {
      const tap = network.taps[index];
      if (!tap) continue;
      const vars = join(work.path, `vars-${node}.fd`);
      if (uefi) await copyFile(uefi.vars, vars);
      const machine: Machine = {
        program,
        accelerator,
        memory,
        cpus: 2,
        tap: tap.name,
        mac: tap.mac,
        uuid: randomUUID(),
        firmware: uefi ? { code: uefi.code, vars } : 'bios',
        plainPxe: options.plainPxe,
      };
      running.push(
        machines.use(
          startMachine(machine, {
            namespace: network.namespace,
            log: logs.console(count > 1 ? node : undefined),
            signal,
            onFinding: (finding) => {
              verdict.found(node, finding);
              look();
            },
            onEnd: (error) => {
              verdict.ended(node, error && `${error.message} ${error.output ?? ''}`.trim());
              look();
            },
          }),
        ),
      );
    }

    const seconds = options.timeout ?? 300 * Math.max(1, count / 2);
    await Promise.race([
      decided.promise,
      sleep(seconds * 1000, undefined, { signal, ref: false }),
      server.failed,
    ]);
    signal?.throwIfAborted();
    if (!verdict.decided) verdict.timeout(seconds);
    if (verdict.reason !== undefined) await sleep(LAST_WORDS, undefined, { signal });
    await machines.disposeAsync();

    const { reason, stages } = verdict;
    if (reason === undefined) end.detail = `ready after ${stages.at(-1)?.seconds ?? 0} s`;
    else tellFailure(sink, reason, running);
    return {
      event: 'tested',
      result: reason === undefined ? 'pass' : 'fail',
      stages,
      console: logs.console(count > 1 ? nodes[0] : undefined),
      ...(reason !== undefined && { reason }),
    } satisfies Tested;
  });
}

/** @throws SlipwayError `boot/unbootable`, `boot/no-mode`, `vm/mode`, `vm/architecture` */
function checkTestable(image: Resolved, name: string): void {
  const mode = findMode(name);
  if (!mode.bootable) throw fail('mode', { mode: name });
  mode.check(image);
  const { architecture } = image.config;
  if (architecture !== 'amd64') throw fail('architecture', { architecture });
}

async function logFiles(installation: Installation, { generation }: Resolved, firmware: string) {
  const directory = join(installation.paths.logs, 'boot-tests');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const base = join(
    directory,
    `${generation.name}-${generation.generation}-${firmware}-${time}-${randomBytes(2).toString('hex')}`,
  );
  return {
    server: `${base}.server.log`,
    console: (node?: string) => `${base}${node === undefined ? '' : `-${node}`}.console.log`,
  };
}

function tellFailure(sink: Sink, reason: string, machines: readonly RunningMachine[]): void {
  sink({ event: 'notice', level: 'warning', message: `The boot failed: ${reason}` });
  for (const [index, machine] of machines.entries()) {
    const lines = machine.lines().slice(-SHOWN_LINES);
    const which = machines.length > 1 ? ` of machine ${index + 1}` : '';
    const text = lines.length > 0 ? lines.join('\n  ') : '(it printed nothing)';
    sink({ event: 'notice', level: 'info', message: `Last lines of the console${which}:\n  ${text}` });
  }
}
