/** CSV (RFC 4180): fields in quotes may have separators, line ends and doubled quotes. */
import type { At } from '../../system/yaml-tree.ts';

export interface Cell {
  text: string;
  at: At;
}

/** Rows with something in them. @param wrong gets what is wrong; reading goes on */
export function* readCsv(
  text: string,
  separator: string,
  wrong: (problem: string, at: At) => void,
): Generator<Cell[]> {
  let position = 0;
  let line = 1;
  let start = 0;
  let row: Cell[] = [];
  const rest = new RegExp(`[${separator === '\t' ? '\\t' : separator}\\r\\n]`, 'g');
  while (position <= text.length) {
    const at = { line, column: position - start + 1 };
    let cell = '';
    if (text[position] === '"') {
      const open = position++;
      for (;;) {
        const close = text.indexOf('"', position);
        if (close < 0) {
          wrong('the quote is not closed', at);
          return;
        }
        cell += text.slice(position, close);
        position = close + 1;
        if (text[position] !== '"') break;
        cell += '"';
        position++;
      }
      for (let i = text.indexOf('\n', open); i >= 0 && i < position; i = text.indexOf('\n', i + 1)) {
        line++;
        start = i + 1;
      }
    }
    rest.lastIndex = position;
    const end = rest.exec(text)?.index ?? text.length;
    const plain = text.slice(position, end);
    if (cell !== '' && plain.trim() !== '') wrong('something follows the closing quote', at);
    row.push({ text: cell === '' ? plain.trim() : cell, at });
    position = end;
    if (text[position] === separator) {
      position++;
      continue;
    }
    if (row.some((one) => one.text !== '')) yield row;
    row = [];
    if (position >= text.length) return;
    position += text.startsWith('\r\n', position) ? 2 : 1;
    line++;
    start = position;
  }
}
