/**
 * Decides a boot test from what the server and the consoles tell. A test passes
 * when every node itself reported `ready` and all its checks; nothing else counts.
 */
import type { Stage } from '../system/events.ts';
import type { Finding } from './console.ts';
import type { StageReport } from './server.ts';

interface NodeState {
  /** Last stage that the server heard of. */
  stage?: string;
  ready: boolean;
  /** Results of checks in the order of the checks. */
  checks: { code: number; output: string }[];
  /** Why this node cannot get ready any more; the one that tells most. */
  failure?: { rank: number; text: string };
}

/** How much a failure tells, the most first. */
const RANKS = ['trap', 'panic', 'emergency', 'no-boot-device', 'ended', 'timeout'] as const;

export class Verdict {
  /** In the order in which they were heard of; with several nodes, each after the name of its node. */
  readonly stages: Stage[] = [];
  readonly #nodes: Map<string, NodeState>;
  readonly #checks: readonly string[];
  #ipxe = '';

  constructor(nodes: readonly string[], checks: readonly string[]) {
    this.#nodes = new Map(nodes.map((name) => [name, { ready: false, checks: [] }]));
    this.#checks = checks;
  }

  /** `seconds` since power-on. */
  heard({ node, stage, detail }: StageReport, seconds: number): void {
    const state = this.#nodes.get(node);
    if (!state) return;
    this.stages.push({ name: this.#nodes.size > 1 ? `${node} ${stage}` : stage, seconds });
    // A node that starts anew has not reported anything yet.
    if (stage === 'ipxe') state.checks = [];
    if (stage === 'check') {
      const [, code = '1', output = ''] = /^(\d+)(?:\s([^]*))?$/.exec(detail) ?? [];
      state.checks.push({ code: Number(code), output: output.trim() });
      return;
    }
    if (stage === 'trap') this.#fail(state, 'trap', `trap ${detail}`);
    else state.stage = stage;
    if (stage === 'ready') state.ready = true;
  }

  /** Something on the console of a node. */
  found(node: string, finding: Finding): void {
    const state = this.#nodes.get(node);
    if (!state || state.ready) return;
    if (finding.kind === 'ipxe') this.#ipxe = finding.message;
    if (!finding.final) return;
    if (finding.kind === 'trap') this.#fail(state, 'trap', `trap ${finding.code} ${finding.message}`.trim());
    else if (finding.kind !== 'ready' && finding.kind !== 'ipxe')
      this.#fail(state, finding.kind, finding.message);
  }

  /** The machine of a node ended by itself. */
  ended(node: string, why = 'the machine powered off or rebooted'): void {
    const state = this.#nodes.get(node);
    if (state && !state.ready) this.#fail(state, 'ended', why);
  }

  timeout(seconds: number): void {
    for (const state of this.#nodes.values())
      if (!state.ready) this.#fail(state, 'timeout', `not ready within ${seconds} s`);
  }

  /** Whether nothing can change the result any more. */
  get decided(): boolean {
    const states = [...this.#nodes.values()];
    return states.every((state) => state.ready) || states.some((state) => state.failure !== undefined);
  }

  /** Why the test failed; nothing if it passed. One line. */
  get reason(): string | undefined {
    for (const [node, state] of this.#nodes) {
      const why = this.#whyNot(state);
      if (why !== undefined) return this.#nodes.size > 1 ? `${node}: ${why}` : why;
    }
    return undefined;
  }

  #whyNot({ ready, failure, stage, checks }: NodeState): string | undefined {
    if (ready) {
      const failed = this.#checks.flatMap((check, i) => {
        const result = checks[i];
        if (result?.code === 0) return [];
        const how = result ? `exit code ${result.code}` : 'not reported';
        const last = result?.output.split('\n').at(-1);
        return [`check ${JSON.stringify(check)}: ${how}${last ? `: ${last}` : ''}`];
      });
      return failed.length > 0 ? failed.join('; ') : undefined;
    }
    const last = stage === undefined ? 'before any stage' : `after stage ${stage}`;
    const ipxe = stage === undefined && this.#ipxe ? `; iPXE said: ${this.#ipxe}` : '';
    return `${failure?.text ?? 'not ready'}, ${last}${ipxe}`;
  }

  #fail(state: NodeState, kind: (typeof RANKS)[number], text: string): void {
    const rank = RANKS.indexOf(kind);
    if (!state.failure || rank < state.failure.rank) state.failure = { rank, text };
  }
}
