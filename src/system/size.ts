/** Sizes as people write them: `1500`, `1500M`, `1.5G`; M is MiB, G is GiB, a bare number is MiB. */

/** Of the root of an image, MiB: those of disklessset. */
export const SIZE_LIMITS = { minimum: 100, maximum: 50_000 } as const;

/** Bytes, or undefined if `text` is no size. `0.5G` is one, `5'5G`, `-1` and `1e3` are not. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([MG]?)$/.exec(text);
  if (!match?.[1]) return undefined;
  return Math.round(Number(match[1]) * (match[2] === 'G' ? 1024 : 1)) * 2 ** 20;
}
