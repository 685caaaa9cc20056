/**
 * A boot server as a process of its own, for tests that kill it, measure it or
 * put it into a namespace: `node serve-process.ts ROOT PORT`. Configuration from
 * ROOT; events as JSON lines on standard output; stops on SIGTERM.
 */
import { serve } from '../../src/server/serve.ts';
import { loadInstallation } from '../../src/system/config.ts';

const [root = '', port = '0'] = process.argv.slice(2);
const control = new AbortController();
process.once('SIGTERM', () => control.abort());
await serve(loadInstallation(root), {
  port: Number(port),
  signal: control.signal,
  sink: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
