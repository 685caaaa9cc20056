/** Numbers as ranges: `1-3,7,01-10`. */

/**
 * Different numbers, given by their digits. Zero padding belongs to a number: `1` and `01`
 * are two. Shorter ones come first. A padded range keeps its length (`08-12`), others may
 * grow (`8-12`). As in ClusterShell a number behind a single padded one of its length
 * counts as padded too: `00,99,100`, but `99-100`.
 */
export function foldNumbers(numbers: readonly string[]): string {
  const ranges: string[] = [];
  let first = '';
  let last = '';
  /** The length that a padded range keeps; 0: not padded. */
  let length = 0;
  const end = () => first !== '' && ranges.push(first === last ? first : `${first}-${last}`);
  for (const digits of numbers.toSorted(compareDigits)) {
    const fits = first !== '' && (length > 0 ? digits.length === length : !isPadded(digits));
    if (!fits || !follows(last, digits)) {
      end();
      if (!fits || first !== last) length = isPadded(digits) ? digits.length : 0;
      first = digits;
    }
    last = digits;
  }
  end();
  return ranges.join(',');
}

/** By length, then by code unit: for numbers of one length that is by value. */
export function compareDigits(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

const isPadded = (digits: string) => digits.length > 1 && digits.startsWith('0');

function follows(a: string, b: string): boolean {
  return b.length < 16 ? Number(a) + 1 === Number(b) : BigInt(a) + 1n === BigInt(b);
}
