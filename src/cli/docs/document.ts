/** A page of documentation, before it is written as Markdown or as a manual page. */
export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'code'; lines: string[] }
  | { kind: 'terms'; terms: { term: string; text: string }[] };

/** In texts, `…` between backticks is code. */
export interface Page {
  /** Name of the manual page and stem of the Markdown file, such as `slipway-build`. */
  name: string;
  section: 1 | 5 | 7;
  /** One line, for NAME. */
  brief: string;
  blocks: Block[];
}

export const heading = (text: string, level: 1 | 2 | 3 = 1): Block => ({ kind: 'heading', level, text });
export const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
export const code = (...lines: string[]): Block => ({ kind: 'code', lines });
export const terms = (rows: readonly (readonly [string, string])[]): Block => ({
  kind: 'terms',
  terms: rows.map(([term, text]) => ({ term, text })),
});

/** Plain text: blank lines part paragraphs, indented lines are code. */
export function prose(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.split('\n')) {
    const last = blocks.at(-1);
    if (line.startsWith('  ')) {
      if (last?.kind === 'code') last.lines.push(line.slice(2));
      else blocks.push(code(line.slice(2)));
    } else if (line.trim() !== '') blocks.push(paragraph(line.trim()));
  }
  return blocks;
}
