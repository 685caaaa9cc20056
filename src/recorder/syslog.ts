/**
 * One datagram of a node's log to lines. RFC 3164 and RFC 5424 leniently: whoever
 * writes it is an early kernel, an initramfs or iPXE. Without `<PRI>` it is
 * netconsole, which sends the kernel's lines as they are, or with a head of
 * `level,sequence,time,flags;` (Documentation/networking/netconsole.rst).
 */
import { cleanLine, type LogSource } from '../boot/node-log.ts';

export interface Heard {
  source: Extract<LogSource, 'syslog' | 'netconsole'>;
  lines: string[];
}

/** Lines of one datagram; more is nonsense. */
const LINES = 20;
const PRIORITY = /^<\d{1,3}>/;
const RFC5424 =
  /^1 (?:-|\d{4}-\S{1,40}) \S{1,255} (\S{1,48}) \S{1,128} \S{1,32} (?:-|(?:\[(?:[^\]\\]|\\.){0,500}\]){1,10}) ?/;
const RFC3164 = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[\w.:-]{1,255} (?=\S{1,80}: ))?/;
const EXTENDED = /^\d{1,3},\d{1,20},\d{1,20},[^;\n]{1,100};/;

export function readDatagram(datagram: Uint8Array): Heard {
  const text = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength).toString('utf8');
  const [priority] = PRIORITY.exec(text) ?? [];
  const rest = priority === undefined ? text.replace(EXTENDED, '') : message(text.slice(priority.length));
  const lines = rest
    .split('\n', LINES)
    .map((line) => cleanLine(line.replace(/\r$/, '')))
    .filter((line) => line !== '');
  return { source: priority === undefined ? 'netconsole' : 'syslog', lines };
}

function message(text: string): string {
  const modern = RFC5424.exec(text);
  if (!modern) return text.replace(RFC3164, '');
  const rest = text.slice(modern[0].length).replace(/^\ufeff/, '');
  return modern[1] === '-' ? rest : `${modern[1]}: ${rest}`;
}
