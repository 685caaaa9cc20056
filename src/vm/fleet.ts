/** The machines of a boot test, one a node, switched on at once. */
import { randomUUID } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SlipwayError } from '../system/errors.ts';
import type { Finding } from './console.ts';
import type { UefiFirmware } from './firmware.ts';
import { startMachine, type RunningMachine } from './machine.ts';
import type { TestNetwork } from './network.ts';
import type { Accelerator } from './qemu.ts';

export interface FleetOptions {
  network: TestNetwork;
  /** One a tap. */
  nodes: readonly string[];
  program: string;
  accelerator: Accelerator;
  /** MiB of each. */
  memory: number;
  /** Without it BIOS. */
  uefi?: UefiFirmware;
  plainPxe?: boolean;
  /** Directory for the machines' firmware variables. */
  work: string;
  /** File for the console of a node. */
  log: (node: string) => string;
  onFinding: (node: string, finding: Finding) => void;
  onEnd: (node: string, error?: SlipwayError) => void;
  signal?: AbortSignal;
}

export interface Fleet extends AsyncDisposable {
  /** The last lines of each console. */
  consoles(): { node: string; lines: string[] }[];
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { network, nodes, uefi, signal } = options;
  const vars = (node: string) => join(options.work, `${node}-vars.fd`);
  if (uefi) for (const node of nodes) await copyFile(uefi.vars, vars(node));
  await using stack = new AsyncDisposableStack();
  const running = new Map<string, RunningMachine>();
  for (const [index, node] of nodes.entries()) {
    const tap = network.taps[index];
    if (!tap) throw new RangeError('fewer taps than nodes');
    const machine = startMachine(
      {
        program: options.program,
        accelerator: options.accelerator,
        memory: options.memory,
        cpus: 2,
        tap: tap.name,
        mac: tap.mac,
        uuid: randomUUID(),
        firmware: uefi ? { code: uefi.code, vars: vars(node) } : 'bios',
        plainPxe: options.plainPxe,
      },
      {
        namespace: network.namespace,
        log: options.log(node),
        onFinding: (finding) => options.onFinding(node, finding),
        onEnd: (error) => options.onEnd(node, error),
        signal,
      },
    );
    running.set(node, stack.use(machine));
  }
  const kept = stack.move();
  return {
    consoles: () => [...running].map(([node, machine]) => ({ node, lines: machine.lines() })),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
