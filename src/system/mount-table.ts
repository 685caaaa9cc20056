/** Many mounts by one process: starting one takes longer than a mount. Form: fstab(5). */
import { writeFile } from 'node:fs/promises';
import { escapeOctal } from './octal.ts';

export interface TableEntry {
  /** A device, a file, or a word for file systems that have neither. */
  source: string;
  target: string;
  type: string;
  /** As mount -o takes them. */
  options: string;
}

/** Writes `file` and returns the argument vector that mounts all its entries in their order, and fails if one cannot be. */
export async function mountTable(file: string, entries: readonly TableEntry[]): Promise<string[]> {
  await writeFile(file, tableText(entries), { mode: 0o600 });
  return ['mount', '--all', '--fstab', file];
}

export function tableText(entries: readonly TableEntry[]): string {
  const line = ({ source, target, type, options }: TableEntry) =>
    `${[source, target, type, options].map(escape).join(' ')} 0 0\n`;
  return entries.map(line).join('');
}

/** What separates fields, and what begins a comment or an escape, stands there as three octal digits. */
function escape(text: string): string {
  return escapeOctal(text, /[\s\\#]/g);
}
