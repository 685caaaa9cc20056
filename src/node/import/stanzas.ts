/** xCAT's stanza files (man 5 xcatstanzafile): `name:`, then lines `attribute=value`; `default-TYPE:` holds for what follows. */
import type { At } from '../../system/yaml-tree.ts';
import type { Harvest } from './harvest.ts';
import { linesOf, type Source } from './source.ts';
import { isSecret, shown } from './words.ts';

export interface Value {
  text: string;
  at: At;
}
export interface Stanza {
  name: string;
  type: string;
  at: At;
  attributes: Map<string, Value>;
}

/** In the order of the file. Mistakes go to the harvest. */
export function readStanzas({ file, text }: Source, harvest: Harvest): Stanza[] {
  const stanzas: Stanza[] = [];
  const defaults = new Map<string, Map<string, Value>>();
  let present: Stanza | undefined;
  const wrong = (problem: string, at: At) => harvest.syntax('xcat', problem, { file, ...at });
  for (const { line, number } of linesOf(text)) {
    const at = { line: number, column: line.search(/\S/) + 1 };
    const header = /^\s*([^=]*\S)\s*:\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      const type = /^default-([^-]+)$/.exec(header)?.[1];
      present = {
        name: header,
        type: type === undefined ? '' : `default ${type}`,
        at,
        attributes: new Map(),
      };
      if (type === undefined) stanzas.push(present);
      else {
        const known = defaults.get(type) ?? new Map<string, Value>();
        defaults.set(type, known);
        present.attributes = known;
      }
      continue;
    }
    const [, name = '', raw = ''] = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === '' || !present) {
      wrong(
        present
          ? `${isSecret(line) ? 'the line' : shown(line.trim())} is neither NAME: nor ATTRIBUTE=VALUE`
          : 'a line NAME: must come first',
        at,
      );
      if (harvest.full) break;
      continue;
    }
    const value = raw.replace(/^"\s*/, '').replace(/\s*"$/, '');
    const place = { line: number, column: line.indexOf('=') + 2 };
    if (name === 'objtype' && present.type === '') {
      present.type = value;
      // What holds for the type comes first, what the stanza says on top.
      const own = present.attributes;
      present.attributes = new Map([...(defaults.get(value) ?? []), ...own]);
    } else present.attributes.set(name, { text: value, at: place });
  }
  for (const stanza of stanzas)
    if (stanza.type === '') wrong(`${shown(stanza.name)} has no objtype`, stanza.at);
  return stanzas;
}
