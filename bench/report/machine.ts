/** Where and when the figures were taken. Nothing that names the host. */
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { readFile } from 'node:fs/promises';

export interface Machine {
  /** ISO day. */
  date: string;
  system: string;
  kernel: string;
  processors: string;
  memory: string;
  node: string;
  /** Load of one minute when the bench began: above 1, others were at work too. */
  load: number;
}

export async function machine(): Promise<Machine> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    date: new Date().toISOString().slice(0, 10),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'unknown',
    kernel: release(),
    processors: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / (1 << 30))} GiB`,
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
