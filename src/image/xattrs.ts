/** Extended attributes, by getfattr(1) inside the namespace: Node has no call for them. */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { defineErrors } from '../system/errors.ts';
import { unescapeOctal } from '../system/octal.ts';
import type { Sandbox } from '../system/sandbox.ts';

const fail = defineErrors('xattrs', {
  failed: {
    what: 'Extended attributes below {tree} could not be read',
    why: 'getfattr reported more than missing support.',
    todo: 'Check the image with slipway image verify, and the disk.',
  },
});

/** Overlayfs's own; they tell how layers stack, not what is in the tree. */
const OWN = /^(trusted|user)\.overlay\./;

/** A tree that can be read by programs: of a sandbox, or one that stands on this host, where nobody changes it. */
export interface Readable {
  merged: string;
  namespace: Pick<Sandbox['namespace'], 'run'>;
}

/** Of paths that exist on both sides (latin1 strings below the roots), those whose attributes differ. */
export async function differingXattrs(
  a: Readable,
  b: Readable,
  paths: string[],
  signal?: AbortSignal,
): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  const [old, now] = await Promise.all([read(a, paths, signal), read(b, paths, signal)]);
  return new Set(paths.filter((path) => old.get(path) !== now.get(path)));
}

/** A hash of all attributes by path; paths without any are left out. */
async function read(tree: Readable, paths: string[], signal?: AbortSignal): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let path = '';
  let lines: string[] = [];
  const line = (text: string) => {
    if (text.startsWith('# file: ')) path = unescapeOctal(text.slice('# file: '.length));
    else if (text !== '') {
      if (!OWN.test(text)) lines.push(text);
    } else {
      if (lines.length > 0)
        found.set(path, createHash('sha256').update(lines.toSorted().join('\n')).digest('base64'));
      lines = [];
    }
  };
  let rest = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const all = (rest + chunk.toString('latin1')).split('\n');
      rest = all.pop() ?? '';
      for (const one of all) line(one);
      done();
    },
  });
  // In bytes: the root's name is text, the paths are bytes already.
  const root = Buffer.from(tree.merged).toString('latin1');
  const input = Buffer.from(paths.map((p) => `${root}${p}\0`).join(''), 'latin1');
  const argv = [
    'xargs',
    '-0',
    'getfattr',
    '--no-dereference',
    '--dump',
    '--match=-',
    '--encoding=hex',
    '--absolute-names',
    '--',
  ];
  // 123: getfattr failed somewhere. A packed layer without any attribute does not support them: that is none, not a failure.
  const { code, stderr } = await tree.namespace.run(argv, { input, stdout, signal, okCodes: [0, 123] });
  const real = stderr.split('\n').filter((l) => l !== '' && !l.endsWith(': Operation not supported'));
  if (code !== 0 && (real.length > 0 || stderr === ''))
    throw fail('failed', { tree: tree.merged }, { output: stderr });
  line('');
  return new Map([...found].map(([key, value]) => [key.slice(root.length), value]));
}
