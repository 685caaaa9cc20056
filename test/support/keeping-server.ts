/**
 * Runs a boot server and keeps the registry that it leaves:
 * `node keeping-server.ts DIRECTORY COMMAND…`. The test's own installation is gone
 * when the test of the image ends.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const [directory = '', program = '', ...words] = process.argv.slice(2);
const server = spawn(program, words, { stdio: 'inherit' });
process.on('SIGTERM', () => server.kill('SIGTERM'));
server.once('exit', (code) => {
  mkdirSync(directory, { recursive: true });
  const state = join(process.env['SLIPWAY_ROOT'] ?? '', 'var/lib/slipway');
  for (const end of ['', '-wal', '-shm'])
    try {
      cpSync(join(state, `registry.sqlite${end}`), join(directory, `registry.sqlite${end}`));
    } catch (error) {
      // A database that was closed in order has no log beside it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  process.exit(code ?? 1);
});
