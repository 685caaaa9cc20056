/**
 * The hook for attestation: a program of the site decides for each boot whether
 * the machine that asks may get its node initrd, with the token and the secrets
 * in it. docs/guide/security.md says what it can check.
 */
import { SlipwayError } from '../system/errors.ts';
import { run } from '../system/process.ts';
import { fail } from './errors.ts';
import type { Session } from './session.ts';

export interface Attest {
  /** Argument vector. */
  command: readonly string[];
  /** Seconds. */
  timeout: number;
}

/** What the program reads: one object of JSON, on standard input. */
export interface Evidence {
  node: string;
  mac: string;
  /** The firmware's, as iPXE says; null if it said none. */
  uuid: string | null;
  /** Address of the machine. */
  client: string;
  session: string;
  /** `name:generation` */
  image: string;
  digest: string;
  mode: string;
}

/** Programs at a time; others wait for their turn. */
const AT_ONCE = 8;
let running = 0;
const waiting: (() => void)[] = [];

/** @throws SlipwayError `boot/not-attested`: the program said no, failed, or took too long */
export async function attest({ command, timeout }: Attest, session: Session): Promise<void> {
  const evidence: Evidence = {
    node: session.node_name,
    mac: session.mac,
    uuid: session.uuid,
    client: session.client,
    session: session.id,
    image: session.image,
    digest: session.digest,
    mode: session.mode,
  };
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    await run(command, {
      input: `${JSON.stringify(evidence)}\n`,
      timeout: timeout * 1000,
      maxOutput: 1 << 20,
    });
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    const { node_name: node, mac, client } = session;
    const reason = [cause.message, cause.output?.trim().split('\n').at(-1)].filter(Boolean).join(': ');
    throw fail('not-attested', { node, mac, client, reason }, { cause });
  } finally {
    running--;
    waiting.shift()?.();
  }
}
