/**
 * `slipway image test`: the proof that an image boots. The real server with
 * dnsmasq in a network of its own, real firmware and iPXE in virtual machines;
 * the image passes when the nodes themselves say so.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catalog } from '../image/catalog.ts';
import type { Resolved } from '../image/types.ts';
import { findMode } from '../modes/index.ts';
import { loadInstallation, type Installation } from '../system/config.ts';
import { task, type Sink, type Tested } from '../system/events.ts';
import { workDirectory } from '../system/workdir.ts';
import { fail } from './errors.ts';
import { findQemu, findUefi } from './firmware.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { watchReads } from './boot-files.ts';
import { probeAccelerator } from './kvm-probe.ts';
import { testLogs } from './logs.ts';
import { memoryMiB } from './memory.ts';
import { openTestNetwork } from './network.ts';
import { startServer } from './server.ts';
import { makeSite, TREES } from './site.ts';
import { Verdict } from './verdict.ts';

export interface ImageTestOptions {
  /** Argument vector of the command line without its words, such as `[node, start.js]`: `serve` and its flags are added. */
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
  /** UEFI only: the firmware's own PXE loads iPXE by TFTP, instead of QEMU's iPXE option ROM. SeaBIOS has no PXE. */
  plainPxe?: boolean;
  /** Called with the throw-away installation before the machines are switched on: what else its nodes are to have. */
  prepare?: (site: Installation) => Promise<void>;
}

/** Milliseconds that a console gets to say the rest when a boot failed. */
const LAST_WORDS = 1500;
/** Lines of a console that a failure shows. */
const SHOWN_LINES = 25;

/**
 * Boots an image and returns how that went; the face prints it. A failed boot is
 * a result and no exception: its reason and the last console lines are notices.
 * @throws SlipwayError `vm/…`, `image/…`, `boot/unbootable`, `process/cancelled` where no verdict was possible
 */
export async function imageTest(
  installation: Installation,
  ref: string,
  options: ImageTestOptions,
): Promise<Tested> {
  const { sink, signal, firmware = 'bios', mode = 'ram', checks = [], nodes: count = 1 } = options;
  const { paths } = installation;
  const memory = memoryMiB(options.memory ?? '2G');
  const program = await findQemu();
  const uefi = firmware === 'uefi' ? await findUefi() : undefined;
  const catalog = await Catalog.open(paths);
  const image = await catalog.resolve(ref);
  checkTestable(image, mode);
  const kernel = catalog.blobPath(image.kernel?.digest ?? '');
  const accelerator = await probeAccelerator(paths, program, kernel, signal);

  await using work = await workDirectory(paths, 'image-test');
  await using network = await openTestNetwork(count, signal);
  const nodes = network.taps.map((_, index) => (count === 1 ? 'test' : `test${index + 1}`));
  const root = join(work.path, 'root');
  const command = options.serverCommand;
  await makeSite(root, { installation, image, mode, network, nodes, command, sink, signal });
  const reads =
    mode === 'readonly' ? await watchReads(network.namespace, root, image.generation, signal) : undefined;
  await options.prepare?.(loadInstallation(root));
  const logs = await testLogs(paths, image.generation, firmware);

  const label = `${image.generation.name}:${image.generation.generation}`;
  const title = `boot ${label} (${firmware}, ${memory} MiB, ${accelerator.name}${count > 1 ? `, ${count} nodes` : ''})`;
  return await task(sink, title, async ({ id, end }) => {
    const say = (line: string) => sink({ event: 'output', id, line });
    say(accelerator.why);
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
        say(
          `${seconds.toFixed(1).padStart(6)} s  ${report.node}: ${report.stage} ${report.detail}`.trimEnd(),
        );
        verdict.heard(report, seconds);
        look();
      },
    });
    powerOn = performance.now();
    await using fleet = await startFleet({
      network,
      nodes,
      program,
      accelerator,
      memory,
      uefi,
      signal,
      work: work.path,
      log: logs.console,
      plainPxe: options.plainPxe,
      onFinding: (node, finding) => {
        verdict.found(node, finding);
        look();
      },
      onEnd: (node, error) => {
        verdict.ended(node, error && `${error.message} ${error.output ?? ''}`.trim());
        look();
      },
    });

    const seconds = options.timeout ?? 300 * Math.max(1, count / 2);
    using over = endOf(signal);
    try {
      await Promise.race([decided.promise, sleep(seconds * 1000, undefined, over), server.failed]);
      if (!verdict.decided) verdict.timeout(seconds);
      if (verdict.reason !== undefined) await sleep(LAST_WORDS, undefined, over);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }

    const { reason, stages } = verdict;
    if (reason === undefined) {
      end.detail = `ready after ${(stages.at(-1)?.seconds ?? 0).toFixed(1)} s`;
      tellReads(sink, label, (await reads?.keep(paths)) ?? 0);
    } else {
      end.result = 'failed';
      tellFailure(sink, reason, fleet);
    }
    const result = reason === undefined ? 'pass' : 'fail';
    return { event: 'tested', result, stages, console: logs.console(nodes[0] ?? ''), reason };
  });
}

/** @throws SlipwayError `boot/unbootable`, `boot/no-mode`, `vm/mode`, `vm/architecture` */
function checkTestable(image: Resolved, name: string): void {
  const mode = findMode(name);
  if (!mode.bootable) throw fail('mode', { mode: name });
  // What has trees is published for the test; whether it can be is seen then.
  if (!Object.hasOwn(TREES, name)) mode.check(image);
  const { architecture } = image.config;
  if (architecture !== 'amd64') throw fail('architecture', { architecture });
}

/** A signal that aborts with `signal`, and when it is disposed of: no timer stays behind. */
function endOf(signal?: AbortSignal): { signal: AbortSignal } & Disposable {
  const over = new AbortController();
  return {
    signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
    [Symbol.dispose]: () => over.abort(),
  };
}

function tellReads(sink: Sink, label: string, count: number): void {
  if (count === 0) return;
  const message = `Noted what ${label} reads from the shared tree while it boots (files that were not known: ${count}): published again, nodes get these in one piece`;
  sink({ event: 'notice', level: 'info', message });
}

function tellFailure(sink: Sink, reason: string, fleet: Fleet): void {
  sink({ event: 'notice', level: 'warning', message: `The boot failed: ${reason}` });
  for (const { node, lines } of fleet.consoles()) {
    const message = lines.length > 0 ? `Last lines of the console of ${node}:` : `${node} printed nothing`;
    sink({ event: 'notice', level: 'info', message, lines: lines.slice(-SHOWN_LINES) });
  }
}
