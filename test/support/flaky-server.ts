/**
 * Runs a boot server that is killed once, in the middle of a node's download, and
 * comes back after a while: `node flaky-server.ts COMMAND…`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes of the layers that are read before the server is killed. */
const ENOUGH = 8 << 20;
const [program = '', ...words] = process.argv.slice(2);
let server: ChildProcess;
let stopping = false;

function startServer(onLine: (line: string) => void): void {
  server = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!server.stdout) return;
  createInterface(server.stdout).on('line', (line) => {
    process.stdout.write(`${line}\n`);
    onLine(line);
  });
  server.once('exit', (code) => {
    if (stopping) process.exit(code ?? 0);
  });
}

/** Bytes that a process has read so far. proc(5) */
function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
}

async function killInDownload(): Promise<void> {
  const pid = server.pid ?? 0;
  const before = bytesRead(pid);
  while (bytesRead(pid) < before + ENOUGH) await sleep(5);
  server.kill('SIGKILL');
  await sleep(4000);
  startServer(() => {});
}

process.on('SIGTERM', () => {
  stopping = true;
  server.kill('SIGTERM');
});
startServer((line) => {
  // The next that the node does is to fetch the layers.
  if (line.includes('"stage":"manifest"')) void killInDownload();
});
