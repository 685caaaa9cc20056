/** Manual pages in man(7) macros. https://man7.org/linux/man-pages/man7/man.7.html */
import type { Block, Page } from './document.ts';

export function manualPage(page: Page, version: string): string {
  const title = page.name.toUpperCase();
  return [
    `.TH ${word(title)} ${page.section} "" ${word(`Slipway ${version}`)} ${word('Slipway')}`,
    '.nh', // Commands and paths must be copied whole.
    '.SH NAME',
    `${text(page.name)} \\- ${inline(page.brief)}`,
    ...page.blocks.flatMap(blockLines),
    '',
  ].join('\n');
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
      return [
        `.${block.level === 1 ? 'SH' : 'SS'} ${word(block.level === 1 ? block.text.toUpperCase() : block.text)}`,
      ];
    case 'paragraph':
      return ['.PP', inline(block.text)];
    case 'code':
      return ['.PP', '.RS 4', '.nf', ...block.lines.map((one) => line(one)), '.fi', '.RE'];
    case 'terms':
      return block.terms.flatMap(({ term, text: about }) => [
        '.TP',
        inline(bare(term)),
        ...(about ? [inline(about)] : ['\\&']),
      ]);
  }
}

/** Terms are code as a whole: bold. */
function bare(term: string): string {
  return term.includes('`') ? term : `\`${term}\``;
}

/** A macro argument in quotes. */
function word(content: string): string {
  return `"${text(content).replaceAll('"', '\\(dq')}"`;
}

/** Code spans become bold. */
function inline(content: string): string {
  const parts = content
    .split(/`([^`]*)`/)
    .map((part, i) => (i % 2 === 1 ? `\\fB${text(part)}\\fR` : text(part)));
  return line(parts.join(''), true);
}

/** One output line; a dot or an apostrophe at its start would be a request. */
function line(content: string, escaped = false): string {
  const safe = (escaped ? content : text(content)).replaceAll('\n', ' ');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

/** Escapes roff; hyphens as they are typed, so that they can be copied. */
function text(content: string): string {
  return content
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '\\&...')
    .replaceAll('→', '\\(->')
    .replaceAll('’', '\\(cq');
}
