/** Who calls, and whether they may. */
import type { IncomingMessage } from 'node:http';
import { fail } from '../../access/errors.ts';
import { Limiter } from '../../access/limiter.ts';
import type { Verifier } from '../../access/verifier.ts';
import { SCOPES, type Operation, type Scope } from '../../operations/operation.ts';
import { SlipwayError } from '../../system/errors.ts';
import { clientOf, transportOf } from './transport.ts';

export interface Caller {
  /** `root`, or `token NAME (ID)`. */
  who: string;
  scope: Scope;
}

const MINUTE = 60_000;
/** Failures of one address in a minute. */
const FAILURES = 20;
/** Requests of one token in a minute. */
const REQUESTS = 3000;

export interface GuardOptions {
  verifier: Verifier;
  /** Take tokens over plain HTTP, too. */
  insecure: boolean;
  failures?: number;
  requests?: number;
}

export class Guard {
  readonly #options: GuardOptions;
  readonly #failures: Limiter;
  readonly #requests: Limiter;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#failures = new Limiter({ limit: options.failures ?? FAILURES, window: MINUTE });
    this.#requests = new Limiter({ limit: options.requests ?? REQUESTS, window: MINUTE });
  }

  /** @throws SlipwayError `access/no-token`, `access/wrong-token`, `access/plain-http`, `access/too-many` */
  async identify(raw: IncomingMessage): Promise<Caller> {
    const transport = transportOf(raw);
    if (transport === 'socket') return { who: 'root', scope: 'admin' };
    const client = clientOf(raw);
    const late = this.#failures.wait(client) > 0;
    try {
      const [, text] = /^Bearer +([\w-]{1,200})$/i.exec(raw.headers.authorization ?? '') ?? [];
      if (text === undefined) throw fail(raw.headers.authorization ? 'wrong-token' : 'no-token', {});
      // Before it is looked at: a token that was sent so is no secret any more.
      if (transport === 'http' && !this.#options.insecure) throw fail('plain-http', {});
      // Many may have the address of one who guesses; he is not to have all the time of the others.
      const token = await this.#options.verifier.verify(text, { alone: late ? client : undefined });
      this.#wait(this.#requests, token.id, 'This token was used too often in the last minute.');
      this.#requests.count(token.id);
      return { who: `token ${token.name} (${token.id})`, scope: token.scope };
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code === 'access/too-many') throw error;
      this.#wait(this.#failures, client, 'Too many requests from this address were refused.');
      this.#failures.count(client);
      throw error;
    }
  }

  /** @throws SlipwayError `access/scope` */
  permit(caller: Caller, operation: Pick<Operation, 'name' | 'scope'>): void {
    if (SCOPES.indexOf(caller.scope) < SCOPES.indexOf(operation.scope))
      throw fail('scope', { operation: operation.name, needed: operation.scope, scope: caller.scope });
  }

  #wait(limiter: Limiter, key: string, reason: string): void {
    const seconds = limiter.wait(key);
    if (seconds > 0) throw fail('too-many', { reason, seconds });
  }
}
