/** A machine of a test whose console is watched: what it cannot recover from fails whoever waits for it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../../src/vm/console.ts';
import { findQemu } from '../../../src/vm/firmware.ts';
import { startMachine } from '../../../src/vm/machine.ts';
import { control } from '../qmp.ts';
import type { TestNetwork } from '../../../src/vm/network.ts';
import type { Accelerator, Machine } from '../../../src/vm/qemu.ts';

export interface Guest extends AsyncDisposable {
  /** Rejects when it panics, ends in the trap, or ends without being stopped. */
  failed: Promise<never>;
  /** Settles when its system powered off or rebooted. */
  ended: Promise<void>;
  lines(): string[];
  /** Plugs the cable of its network card out, or in again: what follows is the guest's own affair. */
  cable(plugged: boolean): Promise<void>;
}

export interface GuestOptions extends Pick<Machine, 'disks' | 'kernel'> {
  name: string;
  network: TestNetwork;
  /** Which tap of the network. */
  tap: number;
  accelerator: Accelerator;
  /** MiB. */
  memory: number;
  /** Directory for its console. */
  logs: string;
  /** Looks at findings first: true for one that is expected. */
  expected?: (finding: Finding) => boolean;
}

export async function startGuest(options: GuestOptions): Promise<Guest> {
  const { name, network, accelerator, memory, disks, kernel } = options;
  const tap = network.taps[options.tap];
  if (!tap) throw new RangeError('no such tap');
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const ended = Promise.withResolvers<void>();
  const log = join(options.logs, `${name}.console.log`);
  const tell = (why: string) =>
    failure.reject(new Error(`${name}: ${why}\n${machine.lines().slice(-25).join('\n')}\nconsole: ${log}`));
  // A socket's path must be short.
  const own = await mkdtemp(join(tmpdir(), 'slipway-qemu-'));
  const socket = join(own, 'qmp');
  const machine = startMachine(
    {
      program: await findQemu(),
      accelerator,
      memory,
      cpus: 2,
      tap: tap.name,
      mac: tap.mac,
      uuid: randomUUID(),
      firmware: 'bios',
      disks,
      kernel,
      control: socket,
    },
    {
      namespace: network.namespace,
      log,
      onFinding: (finding) => {
        if (!finding.final || options.expected?.(finding) === true) return;
        tell(`${finding.kind} ${finding.code} ${finding.message}`);
      },
      onEnd: (error) => {
        ended.resolve();
        tell(error ? `${error.message} ${error.output ?? ''}` : 'powered off or rebooted');
      },
    },
  );
  return {
    failed: failure.promise,
    ended: ended.promise,
    lines: () => machine.lines(),
    cable: async (plugged) => await control(socket, 'set_link', { name: 'net0', up: plugged }),
    async [Symbol.asyncDispose]() {
      await machine[Symbol.asyncDispose]();
      await rm(own, { recursive: true, force: true });
    },
  };
}
