/**
 * Bytes as three octal digits behind a backslash: getfattr(1) writes names so, the kernel its tables of mounts and
 * exports (proc(5), seq_file of Linux), fstab(5) and exports(5) are read so.
 */

/** `\040` and its like are their characters, of codes up to 255; everything else stays. */
export const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** @param which characters of codes up to 255, with the flag `g` */
export const escapeOctal = (text: string, which: RegExp): string =>
  text.replace(which, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
