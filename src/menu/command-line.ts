/** Commands as they can be typed into a shell. */

const PLAIN = /^[\w@%+=:,./-]+$/;

/** One word for a POSIX shell: in single quotes where anything in it could mean something. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `slipway` and its words. */
export function commandLine(argv: readonly string[]): string {
  return ['slipway', ...argv].map(shellWord).join(' ');
}
