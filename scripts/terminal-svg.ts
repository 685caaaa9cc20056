/**
 * A picture of a terminal: reads a screen as `tmux capture-pane -e -p` prints it
 * and writes an SVG without scripts or fonts of its own.
 * Usage: node scripts/terminal-svg.ts TITLE <screen >picture.svg
 * Colours and attributes: ECMA-48 SGR, as xterm extends it.
 */
import { stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';

/** Pixels of one character cell, of the frame, and of the bar with the title. */
const CELL = { width: 8.43, height: 19 };
const PAD = 18;
const BAR = 34;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const BACKGROUND = '#161b22';
const FOREGROUND = '#d5dbe3';
/** The sixteen colours: normal, then bright. */
const PALETTE = [
  '#484f58', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#d5dbe3',
  '#8b949e', '#ffa198', '#7ee787', '#f2cc60', '#a5d6ff', '#e2c5ff', '#8ae6ee', '#ffffff',
]; // prettier-ignore

const ESCAPE = '\u001b';
const SGR = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`);

interface Style {
  bold?: boolean;
  dim?: boolean;
  color?: string;
}
interface Run {
  column: number;
  text: string;
  style: Style;
}

/** The style after one SGR sequence; `parameters` is what stands between `ESC [` and `m`. */
function sgr(style: Style, parameters: string): Style {
  let next = { ...style };
  const codes = parameters.split(';').map(Number);
  for (let code = codes.shift(); code !== undefined; code = codes.shift()) {
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 22) next.bold = next.dim = undefined;
    else if (code >= 30 && code <= 37) next.color = PALETTE[code - 30];
    else if (code >= 90 && code <= 97) next.color = PALETTE[code - 90 + 8];
    else if (code === 39) next.color = undefined;
    else if (code === 38) next.color = extended(codes);
    else if (code === 48) extended(codes);
  }
  return next;
}

/** Takes the rest of `38;5;N` or `38;2;R;G;B` off `codes`. */
function extended(codes: number[]): string | undefined {
  if (codes.shift() === 2) return `rgb(${codes.splice(0, 3).join(',')})`;
  const [index = 7] = codes.splice(0, 1);
  if (index < 16) return PALETTE[index];
  const level = (n: number) => (n === 0 ? 0 : 55 + 40 * n);
  const cube = index - 16;
  return index < 232
    ? `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`
    : `rgb(${Array<number>(3).fill(8 + 10 * (index - 232)).join(',')})`; // prettier-ignore
}

/** Lines of runs of one style; tmux carries the style from one line to the next. */
function parse(screen: string): Run[][] {
  let style: Style = {};
  return screen.split('\n').map((line) => {
    const runs: Run[] = [];
    let column = 0;
    for (const part of line.split(SGR)) {
      if (part.startsWith(ESCAPE)) style = sgr(style, part.slice(2, -1));
      // Words are set apart where the gap is wide, so that columns stand whatever the font.
      else
        for (const word of part.split(/( {2,})/)) {
          if (word.trim() !== '') runs.push({ column, text: word, style });
          column += cells(word);
        }
    }
    return runs;
  });
}

/** Cells that a text takes: no wide characters here. */
function cells(value: string): number {
  return Array.from(value).length;
}

function escape(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function span({ column, text: value, style }: Run): string {
  const attributes = [
    ` x="${(PAD + column * CELL.width).toFixed(1)}"`,
    style.color ? ` fill="${style.color}"` : '',
    style.bold ? ' font-weight="bold"' : '',
    style.dim ? ' fill-opacity="0.6"' : '',
  ];
  return `<tspan${attributes.join('')}>${escape(value)}</tspan>`;
}

function picture(title: string, lines: readonly Run[][]): string {
  const columns = Math.max(...lines.flat().map((run) => run.column + cells(run.text)));
  const width = Math.ceil(2 * PAD + columns * CELL.width);
  const height = Math.ceil(BAR + 2 * PAD + lines.length * CELL.height);
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (color, i) => `<circle cx="${PAD + 6 + i * 20}" cy="${BAR / 2}" r="6" fill="${color}"/>`,
  );
  const rows = lines.flatMap((runs, i) => {
    const y = BAR + PAD + (i + 0.75) * CELL.height;
    return runs.length === 0
      ? []
      : [`<text xml:space="preserve" y="${y.toFixed(1)}">${runs.map(span).join('')}</text>`];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}"/>`,
    ...dots,
    `<g font-family="${FONT}" font-size="14" fill="${FOREGROUND}">`,
    `<text x="${width / 2}" y="${BAR / 2 + 5}" text-anchor="middle" fill-opacity="0.6">${escape(title)}</text>`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

const lines = parse((await text(stdin)).trimEnd().replace(/^\n+/, ''));
stdout.write(picture(process.argv[2] ?? 'Terminal', lines));
