/** Makes a namespace, starts something in it, stops that, and takes the namespace down: `node namespace-child.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Namespace } from '../../src/system/namespace.ts';

await using namespace = await Namespace.open();
// nsenter dies of the TERM, and sleep, which does not, of nsenter's death: an orphan.
const child = namespace.start(['env', '--ignore-signal=TERM', 'sleep', '600']);
await sleep(300);
child.stop();
await child.done.catch(() => {});
