/** Numbers for people. */
import type { Figure, Unit } from '../row.ts';

export function seconds(value: number): string {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

export function mib(bytes: number): string {
  const value = bytes / (1 << 20);
  return value < 1 ? `${(bytes / 1024).toFixed(1)} KiB` : `${value.toFixed(1)} MiB`;
}

export function rate(bytesPerSecond: number): string {
  return `${Math.round(bytesPerSecond / (1 << 20))} MiB/s`;
}

const WORDS: Record<Unit | 'ratio', (value: number) => string> = {
  ratio: (value) => value.toFixed(value < 0.1 ? 4 : 2),
  seconds,
  bytes: mib,
  'bytes/s': rate,
  count: (value) => String(Math.round(value)),
};

export function quantity(value: number, unit: Unit | 'ratio'): string {
  return WORDS[unit](value);
}

export function goalText({ goal, unit }: Figure): string {
  return 'most' in goal ? `≤ ${short(goal.most, unit)}` : `≥ ${short(goal.least, unit)}`;
}

function short(value: number, unit: Unit | 'ratio'): string {
  return unit === 'ratio' ? String(value) : quantity(value, unit).replace('.0 ', ' ');
}
