/** The long description of a command: paragraphs, then examples with what each does. */
export function describe(
  paragraphs: readonly string[],
  examples: readonly (readonly [command: string, does: string])[],
): string {
  const lines = examples.flatMap(([command, does]) => [`  ${command}`, `      ${does}`]);
  return [...paragraphs, ...(lines.length > 0 ? ['', 'Examples:', ...lines] : [])].join('\n');
}
