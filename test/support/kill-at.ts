/**
 * Preloaded with --import: kills this process (SIGKILL) instead of its Nth change to the file system or start of a
 * program, counted by the environment's KILL_AT. A write is done by half first. Without KILL_AT it only counts, and prints the count.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env['KILL_AT'] ?? Infinity);
let count = 0;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // The signal arrives at once; nothing may run after it.
}

type Any = (...args: unknown[]) => unknown;
function guard(object: object, name: string, half?: (target: unknown, args: unknown[]) => void): void {
  const table = object as Record<string, Any>;
  const original = table[name];
  if (!original) throw new Error(`there is no ${name}`);
  table[name] = function (this: unknown, ...args: unknown[]) {
    if (++count === killAt) {
      half?.(this, args);
      die();
    }
    return original.apply(this, args);
  };
}

const bytes = (data: unknown) => Buffer.from(data as string);
for (const name of ['rename', 'rm', 'copyFile', 'link', 'mkdir']) guard(fs.promises, name);
for (const name of ['renameSync', 'rmSync', 'utimesSync', 'mkdirSync']) guard(fs, name);
guard(childProcess, 'spawn');
guard(fs.promises, 'writeFile', (_, [path, data]) => {
  const content = bytes(data);
  fs.writeFileSync(path as string, content.subarray(0, content.length >> 1));
});
const handle = await fs.promises.open('/dev/null');
const proto = Object.getPrototypeOf(handle) as object;
await handle.close();
for (const name of ['sync', 'chmod']) guard(proto, name);
guard(proto, 'writeFile', (target, [data]) => {
  const content = bytes(data);
  fs.writeSync((target as { fd: number }).fd, content.subarray(0, content.length >> 1));
});
syncBuiltinESMExports();
process.on('exit', () => {
  if (killAt === Infinity) fs.writeSync(1, `operations ${count}\n`);
});
