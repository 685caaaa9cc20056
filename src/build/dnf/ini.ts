/** .repo files and dnf.conf: sections of `key = value`, as dnf reads them. dnf.conf(5) */

export interface Section {
  name: string;
  /** From 1. */
  line: number;
  values: Map<string, { value: string; line: number }>;
}

/** Lines that begin with a blank go on with the value above them; `#` and `;` begin comments. What is no setting is passed over, as dnf does. */
export function parseIni(text: string): Section[] {
  const sections: Section[] = [];
  let last: { value: string; line: number } | undefined;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const section = /^\[([^\]]+)\]/.exec(line)?.[1];
    const here = sections.at(-1);
    if (section !== undefined) {
      sections.push({ name: section.trim(), line: i + 1, values: new Map() });
      last = undefined;
    } else if (/^\s/.test(line) && last) {
      last.value += `\n${line.trim()}`;
    } else {
      const at = line.indexOf('=');
      const key = line.slice(0, Math.max(at, 0)).trim().toLowerCase();
      if (key && !/\s/.test(key) && here) here.values.set(key, (last = { value: line.slice(at + 1).trim(), line: i + 1 })); // prettier-ignore
    }
  }
  return sections;
}

/** Words of a list: dnf takes blanks, commas and new lines between them. */
export function words(value: string | undefined): string[] {
  return (value ?? '').split(/[\s,]+/).filter(Boolean);
}

/** As dnf reads it: 1, yes, true, on, in any case. */
export function isTrue(value: string | undefined, standard: boolean): boolean {
  return value === undefined ? standard : /^(1|yes|true|on)$/i.test(value);
}

/** One section; entries without a value are left out. Values hold no line ends: their schemas and {@link oneLine} see to that. */
export function iniSection(name: string, values: Record<string, string | undefined>): string {
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${oneLine(value)}\n`],
  );
  return `[${name}]\n${lines.join('')}`;
}

function oneLine(value: string): string {
  return value.replace(/[\r\n\0]+/g, ' ').trim();
}
