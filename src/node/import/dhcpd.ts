/** ISC DHCP (man 5 dhcpd.conf): `host` declarations, wherever they stand. Includes are not followed. */
import { isIP } from 'node:net';
import type { At } from '../../system/yaml-tree.ts';
import type { Draft } from './draft.ts';
import type { Hosts } from './ethers.ts';
import type { Harvest } from './harvest.ts';
import type { Source } from './source.ts';
import { shown } from './words.ts';

interface Token {
  text: string;
  /** In quotes: never a brace or semicolon of the language. */
  quoted: boolean;
  offset: number;
}

const TOKEN = /[ \t\r\n\f\v]+|#[^\n]*|"((?:[^"\\]|\\[\s\S])*)"|[{};,=]|[^\s{};,="#]+|(["#])/g;

function* tokensOf(text: string): Generator<Token> {
  TOKEN.lastIndex = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, quoted] = match;
    if (quoted !== undefined)
      yield { text: quoted.replaceAll(/\\(.)/gs, '$1'), quoted: true, offset: match.index };
    else if (!/^[\s#]/.test(whole)) yield { text: whole, quoted: false, offset: match.index };
  }
}

interface Host {
  name: Token;
  /** What stands in it, and in blocks in it. */
  statements: Token[][];
}

export function readDhcpd({ file, text }: Source, harvest: Harvest, hosts: Hosts): void {
  const places = placesOf(text);
  const wrong = (problem: string, token: Token) =>
    harvest.syntax('isc-dhcp', problem, { file, ...places(token.offset) });
  /** Open blocks, innermost last: the host, or nothing. */
  const open: { start: Token; host?: Host }[] = [];
  let statement: Token[] = [];
  for (const token of tokensOf(text)) {
    if (harvest.full) return;
    const mark = token.quoted ? '' : token.text;
    const host = open.at(-1)?.host;
    if (mark === '"') return wrong('the quote is not closed', token);
    if (mark === '{') {
      const [first, second] = statement;
      const begins = first?.text.toLowerCase() === 'host' && second && !host;
      open.push({ start: first ?? token, host: begins ? { name: second, statements: [] } : host });
      statement = [];
    } else if (mark === '}') {
      const block = open.pop();
      if (!block) wrong('this brace closes nothing', token);
      else if (statement[0]) wrong('a semicolon is missing before the brace', statement[0]);
      if (block?.host && open.at(-1)?.host !== block.host) readHost(block.host, file, places, harvest, hosts);
      statement = [];
    } else if (mark === ';') {
      if (host) host.statements.push(statement);
      else leaveStatement(statement, open.length > 0, harvest);
      statement = [];
    } else statement.push(token);
  }
  const unclosed = open.at(-1)?.start;
  if (unclosed) wrong(`the block of ${shown(unclosed.text)} is not closed`, unclosed);
  else if (statement[0]) wrong('a semicolon is missing at the end', statement[0]);
}

function leaveStatement(statement: readonly Token[], inside: boolean, harvest: Harvest): void {
  const key = keyOf(statement);
  if (key === 'include')
    harvest.leave('include', undefined, 'not followed: name the file in the command too');
  else if (key !== '')
    harvest.leave(inside ? `${key} of a subnet or group` : key, undefined, 'only hosts are read');
}

function keyOf([first, second]: readonly Token[]): string {
  const key = first?.text.toLowerCase() ?? '';
  return shown(key === 'option' ? `option ${second?.text.toLowerCase() ?? ''}` : key).replaceAll('"', '');
}

function readHost(
  { name, statements }: Host,
  file: string,
  places: (offset: number) => At,
  harvest: Harvest,
  hosts: Hosts,
): void {
  if (statements.some((words) => keyOf(words) === 'deleted')) return;
  // The name of the declaration is only a label where the host is told another one.
  const told = statements.find((words) => keyOf(words) === 'option host-name')?.[2];
  const draft = harvest.node(told?.text ?? name.text, file, places((told ?? name).offset), { merge: true });
  if (!draft) return;
  for (const words of statements) {
    const [first, second, third] = words;
    if (!first) continue;
    const key = keyOf(words);
    if (key === 'hardware' && second?.text.toLowerCase() === 'ethernet') {
      const at = places((third ?? first).offset);
      // Leading zeros may be left out.
      const pairs = (third?.text ?? '').split(':').map((pair) => pair.padStart(2, '0'));
      draft.mac(pairs.join(':'), at, 'hardware ethernet');
    } else if (key === 'hardware') draft.leave(`hardware ${shown(second?.text ?? '')}`);
    else if (key === 'fixed-address') readAddresses(draft, words.slice(1), places, hosts);
    else if (key === 'option host-name') continue;
    else draft.leave(key);
  }
}

function readAddresses(
  draft: Draft,
  words: readonly Token[],
  places: (offset: number) => At,
  hosts: Hosts,
): void {
  for (const { text, offset } of words) {
    if (text === ',') continue;
    const address = isIP(text) ? text : hosts.addresses.get(text.toLowerCase());
    if (address !== undefined) draft.address(address, places(offset), 'fixed-address');
    else if (/^[\d.:]+$/.test(text))
      draft.wrong('fixed-address', `${shown(text)} is not an IP address`, places(offset));
    else draft.leave('fixed-address with a name', 'give the addresses: --hosts /etc/hosts');
  }
}

/** Line and column of an offset. */
export function placesOf(text: string): (offset: number) => At {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
