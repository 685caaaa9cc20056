/** Memory of servers that keep running, from the kernel's own books. proc(5) */
import { readdir, readFile, writeFile } from 'node:fs/promises';

/** `pid` and all that it started and they started, as the host counts them. */
export async function processTree(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [] as string[])) {
    const text = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    children.push(...text.split(' ').filter(Boolean).map(Number));
  }
  const below = await Promise.all(children.map(processTree));
  return [pid, ...below.flat()];
}

/** Forgets the peaks so far. */
export async function resetPeaks(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => {}); // It may have ended.
}

/** Bytes: the sum of what each process held at its peak. */
export async function peaks(pids: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of pids) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    sum += Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }
  return sum;
}
