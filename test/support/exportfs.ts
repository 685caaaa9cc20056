/**
 * What exportfs(8) of nfs-utils 2.6 does with its tables, without a kernel: `node exportfs.ts DIRECTORY -a|-u|-s …`.
 * Reads DIRECTORY/exports.d as exports(5) says, keeps DIRECTORY/etab. `DIRECTORY/kill`: it is killed before it writes.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory = '', flag = '', ...words] = process.argv.slice(2);
const etab = join(directory, 'etab');
const complaints: string[] = [];

/** By `CLIENT:PATH`. */
const table = new Map<string, { path: string; client: string; options: string }>();
const add = (path: string, client: string, options: string) => {
  if (
    options
      .split(',')
      .some(
        (one) =>
          !/^(r[ow]|(no_)?root_squash|all_squash|anon[ug]id=\d+|a?sync|no_subtree_check|sec=sys|mountpoint|fsid=[0-9a-f-]{36}|security_label)$/.test(
            one,
          ),
      )
  )
    complaints.push(`unknown keyword in "${options}"`); // prettier-ignore
  else table.set(`${client}:${path}`, { path, client, options });
};

/** A word ends at a blank outside of quotes; three octal digits after a backslash are a byte. */
function wordsOf(line: string): string[] {
  const found: string[] = [];
  let word: number[] | undefined;
  let quoted = false;
  const bytes = Buffer.from(line);
  for (let i = 0; i < bytes.length; i++) {
    const c = String.fromCharCode(bytes[i] ?? 0);
    if (c === '"') {
      quoted = !quoted;
      word ??= [];
    } else if (!quoted && /[ \t]/.test(c)) {
      if (word) found.push(Buffer.from(word).toString());
      word = undefined;
    } else if (c === '#' && word === undefined) break;
    else {
      const octal = /^\\([0-7]{3})/.exec(bytes.subarray(i, i + 4).toString('latin1'))?.[1];
      (word ??= []).push(octal === undefined ? (bytes[i] ?? 0) : Number.parseInt(octal, 8));
      if (octal !== undefined) i += 3;
    }
  }
  if (word) found.push(Buffer.from(word).toString());
  return found;
}

function readLine(line: string): void {
  const [path, ...clients] = wordsOf(line);
  if (path === undefined) return;
  for (const word of clients) {
    const [, client, options] = /^([^()]+)\((.*)\)$/.exec(word) ?? [];
    if (client === undefined || options === undefined) complaints.push(`bad option list: ${word}`);
    else add(path, client, options);
  }
}

const escaped = (path: string) =>
  path.replace(/[ \t\n\v\f\r"\\#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
const line = ({ path, client, options }: { path: string; client: string; options: string }) =>
  `${escaped(path)}  ${client}(${options})\n`;

if (existsSync(etab)) for (const one of readFileSync(etab, 'utf8').split('\n')) readLine(one);
complaints.length = 0;
if (flag === '-s') {
  const shown = [...table.values()].map((one) => {
    const more = one.options.includes('all_squash') ? 'root_squash' : 'no_all_squash';
    return line({ ...one, options: `wdelay,hide,${one.options},${more}` });
  });
  process.stdout.write(shown.join(''));
} else {
  if (existsSync(join(directory, 'kill'))) process.kill(process.pid, 'SIGKILL');
  if (flag === '-a')
    for (const name of readdirSync(join(directory, 'exports.d')).filter((one) => one.endsWith('.exports')))
      for (const one of readFileSync(join(directory, 'exports.d', name), 'utf8').split('\n')) readLine(one);
  else if (flag === '-u') {
    for (const word of words)
      if (!table.delete(word)) complaints.push(`Could not find '${word}' to unexport.`);
  } else complaints.push(`usage: ${flag}`);
  writeFileSync(etab, [...table.values()].map(line).join(''));
  for (const one of complaints) process.stderr.write(`exportfs: ${one}\n`);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}
