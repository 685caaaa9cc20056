/** Text measured and shortened as terminals show it, and numbers for people. */
import { stripVTControlCharacters } from 'node:util';

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Removes everything that could move the cursor or change the terminal: tools, recipes and nodes send what they like. Newlines stay. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\t/g, '  ').replace(CONTROL, '');
}

/** {@link printable}, and on one line. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s*\n\s*/g, ' ');
}

/** East Asian Wide and Fullwidth (Unicode TR11), and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Columns that a text without control characters takes. Colour sequences count nothing. */
export function width(text: string): number {
  let columns = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/** Shortens uncoloured text to at most `columns`, with `more` at its end where something is missing. */
export function fit(text: string, columns: number, more = '…'): string {
  if (width(text) <= columns) return text;
  if (columns < width(more)) return '';
  let out = '';
  for (const character of text) {
    if (width(out + character) > columns - width(more)) break;
    out += character;
  }
  return out + more;
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

export function padLeft(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}

/** `0.3 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min`. */
export function seconds(value: number): string {
  if (value < 99.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  const two = (n: number) => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** `512 B`, `86.4 MiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) [rest, unit] = [rest / 1024, unit + 1];
  return `${unit === 0 || rest >= 999.5 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** The first 12 hex digits of a digest. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** `2026-01-31 14:05` in local time. */
export function when(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
