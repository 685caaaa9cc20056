/** Nodes that boot from the server in the virtual machine, and what it says of them. */
import type { Disk } from '../../../src/vm/qemu.ts';
import type { Child } from '../../../src/system/process.ts';
import { startGuest, type Guest } from './guest.ts';
import type { NfsServer } from './server.ts';
import { openShell, type Shell } from './ssh.ts';

interface Heard {
  node: string;
  stage: string;
  detail: string;
}

/** What `slipway serve` says of boots; to be opened once it runs, and again after a reboot of the server. */
export class Stages implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly #child: Child;
  #waiting: (() => void)[] = [];

  constructor(server: NfsServer) {
    const follow = 'exec journalctl --boot --follow --lines=all --output=cat --unit=slipway';
    this.#child = server.shell.start(follow, { onLine: (line) => this.#take(line), maxOutput: 0 });
    this.#child.done.catch(() => {});
  }

  /** Until a line after the first `from` ones is as wanted. */
  async until(wanted: (heard: Heard) => boolean, from: number, failed: Promise<never>): Promise<Heard> {
    for (;;) {
      const found = this.heard.slice(from).find(wanted);
      if (found) return found;
      const more = Promise.withResolvers<void>();
      this.#waiting.push(more.resolve);
      await Promise.race([more.promise, failed]);
    }
  }

  #take(line: string): void {
    let event: { event?: string; kind?: string; fields?: Partial<Heard> };
    try {
      event = JSON.parse(line) as typeof event;
    } catch {
      return; // systemd's own lines
    }
    if (event.event !== 'serve') return;
    const { node = '', stage = event.kind ?? '', detail = '' } = event.fields ?? {};
    this.heard.push({ node, stage, detail });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stop();
    await this.#child.done.catch(() => {});
  }
}

export interface RunningNode extends AsyncDisposable {
  guest: Guest;
  shell: Shell;
  /** Stages of this boot. */
  stages: string[];
}

export interface NodeOptions {
  name: string;
  /** As the registry has it. */
  address: string;
  /** Tap of the network, 1 and up. */
  tap: number;
  disks?: readonly Disk[];
}

/** MiB. */
const MEMORY = 640;
let count = 0;

/** Switches a node on; returns when it has reported that it is ready, and lets us in. Why it cannot is an error. */
export async function bootNode(server: NfsServer, stages: Stages, options: NodeOptions): Promise<RunningNode> {
  const { name, address } = options;
  count += 1;
  await using stack = new AsyncDisposableStack();
  const from = stages.heard.length;
  const guest = stack.use(
    await startGuest({
      name: `${name}-${count}`,
      network: server.network,
      tap: options.tap,
      accelerator: server.accelerator,
      memory: MEMORY,
      logs: server.work,
      disks: options.disks,
    }),
  );
  const failed = Promise.race([guest.failed, server.guest.failed]);
  const last = await stages.until(
    (one) => one.node === name && (one.stage === 'ready' || one.stage === 'trap'),
    from,
    failed,
  );
  if (last.stage === 'trap') throw new Error(`${name}: trap ${last.detail}\n${guest.lines().join('\n')}`);
  const shell = stack.use(
    await openShell({
      namespace: server.network.namespace,
      address,
      identity: server.identity,
      work: server.work,
      failed,
    }),
  );
  const kept = stack.move();
  return {
    guest,
    shell,
    stages: stages.heard.slice(from).flatMap((one) => (one.node === name ? [one.stage] : [])),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
