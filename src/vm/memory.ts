import { fail } from './errors.ts';

/** MiB of `768M`, `2G` or a plain number of MiB. @throws SlipwayError `vm/memory` */
export function memoryMiB(value: string | number): number {
  const match = /^(\d{1,7})(M|G)?i?B?$/i.exec(String(value));
  const mib = match ? Number(match[1]) * (match[2]?.toUpperCase() === 'G' ? 1024 : 1) : 0;
  if (mib < 64) throw fail('memory', { value: JSON.stringify(value) });
  return mib;
}
