import type { Block } from './document.ts';

/** Blocks as Markdown (CommonMark). Code spans are written as they stand. */
export function markdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${inline(block.text)}`;
    case 'paragraph':
      return inline(block.text);
    case 'code':
      return ['```', ...block.lines, '```'].join('\n');
    case 'terms':
      return block.terms
        .map(({ term, text }) => `- ${inline(term)}${text ? `  \n  ${inline(text)}` : ''}`)
        .join('\n');
  }
}

/** Escapes what Markdown would take for markup, outside of code spans. */
export function inline(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/[\\*_[\]<>|]/g, '\\$&')))
    .join('');
}
