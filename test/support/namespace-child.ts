/** Makes a namespace, starts something in it, stops that, and takes the namespace down: `node namespace-child.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Namespace } from '../../src/system/namespace.ts';

await using namespace = await Namespace.open();
// Neither nsenter nor sleep ends of the TERM: both are killed at once, and sleep is an orphan then.
const child = namespace.start(['env', '--ignore-signal=TERM', 'sleep', '600']);
await sleep(300);
child.stop();
await child.done.catch(() => {});
