/** Boots many nodes at once and prints what came of it, as JSON. Arguments: the plan as JSON. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootNode, type Boot } from './node.ts';

export interface StormPlan {
  host: string;
  port: number;
  nodes: number;
  loss: number;
  /** The layer that all of them fetch. */
  file: string;
  haste: number;
  /** Milliseconds within which all are switched on. */
  start: number;
}

export interface StormResult {
  failed: string[];
  broken: number;
  busy: number;
  again: number;
  seconds: number;
  /** Median and 99th percentile of a script, in seconds. */
  script: { median: number; p99: number };
}

/** MAC address and address of the nth node. */
export function machine(index: number): { mac: string; address: string } {
  const [high, low] = [index >> 8, index & 255];
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return {
    mac: `52:54:00:00:${hex(high)}:${hex(low)}`,
    address: `127.${high + 1}.${low >> 7}.${(low & 127) + 1}`,
  };
}

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2] ?? '') as StormPlan;
  const { host, port, loss, haste } = plan;
  const layer = readFileSync(plan.file);
  const weather = { host, port, loss, haste, layer, within: layer.length };
  const began = performance.now();
  const boots: Boot[] = await Promise.all(
    Array.from({ length: plan.nodes }, async (_, index) => {
      const { mac, address } = machine(index);
      await sleep(Math.random() * plan.start);
      return await bootNode(mac, address, weather);
    }),
  );
  const times = boots.flatMap((boot) => boot.scripts).toSorted((a, b) => a - b);
  const sum = (key: 'broken' | 'busy' | 'again') => boots.reduce((all, boot) => all + boot[key], 0);
  const result: StormResult = {
    failed: boots.flatMap((boot, index) => (boot.ok ? [] : `node ${index}: ${boot.why ?? ''}`)),
    broken: sum('broken'),
    busy: sum('busy'),
    again: sum('again'),
    seconds: (performance.now() - began) / 1000,
    script: {
      median: times[times.length >> 1] ?? 0,
      p99: times[Math.floor(times.length * 0.99)] ?? 0,
    },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
