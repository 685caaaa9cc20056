/** The first few of many words, for a title that fits on a line. */
export function few(words: readonly string[], limit = 3): string {
  const rest = words.length - limit;
  return rest > 1 ? `${words.slice(0, limit).join(' ')} and ${rest} more` : words.join(' ');
}
