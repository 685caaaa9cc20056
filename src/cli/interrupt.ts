/**
 * Ctrl-C or a termination signal once: a clean stop, everything gets the abort
 * signal and cleans up behind itself. A second time: children are killed and we
 * leave at once; private namespaces fall with their holders.
 */
import { killChildren } from '../system/process.ts';
import { fail } from './errors.ts';

const NUMBER = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export interface Interrupt extends Disposable {
  signal: AbortSignal;
  /** 128 and the signal's number, as shells say it; nothing if no signal came. */
  exitCode(): number | undefined;
}

/** @param tell is called at the first signal, with what to show */
export function onInterrupt(tell: (message: string) => void): Interrupt {
  const controller = new AbortController();
  let code: number | undefined;
  const handlers = (Object.keys(NUMBER) as (keyof typeof NUMBER)[]).map((name) => {
    const handler = () => {
      if (code !== undefined) {
        killChildren();
        process.exit(128 + NUMBER[name]);
      }
      code = 128 + NUMBER[name];
      tell(name === 'SIGINT' ? 'Stopping cleanly; press Ctrl-C again to stop at once' : 'Stopping cleanly');
      controller.abort(fail('interrupted', { signal: name }));
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return {
    signal: controller.signal,
    exitCode: () => code,
    [Symbol.dispose]() {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
