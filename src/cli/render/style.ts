/** Colours and signs. Colours only where a terminal shows them and NO_COLOR (https://no-color.org) is not set. */
export interface Style {
  bold: (text: string) => string;
  dim: (text: string) => string;
  red: (text: string) => string;
  green: (text: string) => string;
  yellow: (text: string) => string;
  blue: (text: string) => string;
  sign: Signs;
}
export interface Signs {
  done: string;
  failed: string;
  running: string;
  full: string;
  empty: string;
  more: string;
  arrow: string;
  /** Of trees: a branch, the last one, the stem, and what stands before a root. */
  branch: string;
  end: string;
  stem: string;
  bullet: string;
}

const UNICODE: Signs = {
  done: '✓', failed: '✗', running: '›', full: '━', empty: '─', more: '…', arrow: '→',
  branch: '├──', end: '└──', stem: '│', bullet: '•',
}; // prettier-ignore
const ASCII: Signs = {
  done: '+', failed: 'x', running: '>', full: '#', empty: '-', more: '~', arrow: '->',
  branch: '|--', end: '`--', stem: '|', bullet: '*',
}; // prettier-ignore

export interface Terminal {
  isTTY?: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

function hasColour({ isTTY, env }: Terminal): boolean {
  return isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

export function styleFor(terminal: Terminal): Style {
  const on = hasColour(terminal);
  const paint = (open: number, close: number) => (text: string) =>
    on && text ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  const { LC_ALL, LC_CTYPE, LANG } = terminal.env;
  const unicode = /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    blue: paint(36, 39),
    sign: unicode ? UNICODE : ASCII,
  };
}
