/** Variables that an iPXE script sets: https://ipxe.org/cmd/set. The scripts of bootset and pxe_stack have them in lines of their own. */

export interface Variable {
  value: string;
  /** From 1. */
  line: number;
}

/** By name; of several the last. */
export function variablesOf(text: string): Map<string, Variable> {
  const found = new Map<string, Variable>();
  for (const [i, line] of text.split('\n').entries()) {
    const [, name, value = ''] = /^\s*set\s+([\w.-]{1,100})(?:\s+(.*))?$/.exec(line.replace(/\r$/, '')) ?? [];
    if (name !== undefined) found.set(name, { value: value.trim(), line: i + 1 });
  }
  return found;
}
