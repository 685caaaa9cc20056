/** Commands as they can be typed into a shell. */

const PLAIN = /^[\w@%+=:,./-]+$/;

/** One word for a POSIX shell: in single quotes where anything in it could mean something. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `slipway` and its words, over several lines where that is longer than `columns`; a shell takes them as one. */
export function commandLines(argv: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of ['slipway', ...argv].map(shellWord)) {
    if (line && line.length + 1 + word.length > columns - 2) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}
