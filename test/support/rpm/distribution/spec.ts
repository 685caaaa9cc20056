/** The spec of a package, from what is in its directory. rpm-spec(8) */
import { lstatSync, readdirSync } from 'node:fs';
import type { PackageDefinition, Release } from './package.ts';
import { walk } from './walk.ts';

export interface Built extends PackageDefinition {
  version: string;
  summary: string;
  /** `.el8`, `.el9`, or one for both. */
  dist: string;
  noarch: boolean;
  release?: Release;
}

/** `directory`: the files of the package, which becomes the build root. */
export function specText(built: Built, directory: string): string {
  const { name, version, summary, dist, noarch, requires = [], provides = [], recommends = [] } = built;
  const lines = [
    `Name: ${name}`,
    `Version: ${version}`,
    `Release: 1${dist}`,
    `Summary: ${text(summary)}`,
    'License: See the package of Debian that it was made from',
    ...(noarch ? ['BuildArch: noarch'] : []),
    ...(built.module ? [`ModularityLabel: ${built.module}`] : []),
    'AutoReqProv: no',
    ...requires.map((one) => `Requires: ${one}`),
    ...provides.map((one) => `Provides: ${one}`),
    ...recommends.map((one) => `Recommends: ${one}`),
    '%description',
    text(summary),
    '%prep',
    '%build',
    '%install',
    ...Object.entries(built.scripts ?? {}).flatMap(([section, body]) => [`%${section}`, text(body)]),
    '%files',
    '%defattr(-,root,root,-)',
    ...fileList(built, directory),
    '',
  ];
  return lines.join('\n');
}

/** Percent signs are macros in a spec. */
const text = (value: string) => value.replaceAll('%', '%%');

function fileList({ marks = {}, ghosts = [], directories = {} }: Built, directory: string): string[] {
  const lines: string[] = [];
  for (const { file, entry } of walk(directory)) {
    const path = file.slice(directory.length);
    const mode = directories[path];
    if (entry.isDirectory() && mode === undefined && readdirSync(file).length > 0) continue;
    const mark = marks[path] ?? (mode ? `%attr(${mode},root,root)` : special(file));
    lines.push([mark, entry.isDirectory() ? '%dir' : kindOf(path), quoted(path)].filter(Boolean).join(' '));
  }
  return [...lines, ...ghosts.map((path) => `%ghost ${quoted(path)}`)];
}

function kindOf(path: string): string {
  const language = /^\/usr\/share\/locale\/([^/@.]+)[^/]*\//.exec(path) ?? /^\/usr\/share\/man\/(?!man)([^/@.]+)[^/]*\//.exec(path); // prettier-ignore
  const doc = /^\/usr\/share\/(doc|man|info)\//.test(path) ? '%doc' : '';
  if (language) return `%lang(${language[1]}) ${doc}`;
  return path.startsWith('/etc/') ? '%config(noreplace)' : doc;
}

/** What is not simply root's: nobody but us says who owns it then. */
function special(file: string): string {
  const { uid, gid, mode } = lstatSync(file);
  const groups: Record<number, string> = { 0: 'root', 5: 'tty' };
  if (uid === 0 && gid === 0) return '';
  const group = groups[gid];
  if (uid !== 0 || !group) throw new Error(`${file} belongs to ${uid}:${gid}; say in \`marks\` whose it is`);
  return `%attr(${(mode & 0o7777).toString(8).padStart(4, '0')},root,${group})`;
}

/** No name among them has what a glob would take for more than itself. */
function quoted(path: string): string {
  return `"${text(path)}"`;
}
