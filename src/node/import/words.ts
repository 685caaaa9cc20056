/** Small languages that several formats share. */
import { isIPv4 } from 'node:net';
import { NAME } from '../../system/names.ts';

/**
 * Kernel arguments of a line. The kernel (lib/cmdline.c, next_arg) cuts at white space
 * outside of double quotes, and takes away quotes around an argument or its value.
 */
export function splitKernelArguments(line: string): string[] {
  const words = line.match(/(?:"[^"]*(?:"|$)|[^\s"])+/g) ?? [];
  return words.map((word) => {
    const whole = word.startsWith('"') ? word.slice(1).replace(/"$/, '') : word;
    const at = whole.indexOf('=');
    if (at < 0 || whole[at + 1] !== '"') return whole;
    return whole.slice(0, at + 1) + whole.slice(at + 2).replace(/"$/, '');
  });
}

const ARCHITECTURES: Record<string, 'amd64' | 'arm64' | undefined> = {
  x86_64: 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
};
/** Nothing for what Slipway does not boot. */
export function architectureOf(text: string): 'amd64' | 'arm64' | undefined {
  return Object.hasOwn(ARCHITECTURES, text.toLowerCase()) ? ARCHITECTURES[text.toLowerCase()] : undefined;
}

/** Whole number of an IPv4 address. */
export function ipv4Number(text: string): number | undefined {
  if (!isIPv4(text)) return undefined;
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Prefix length of a netmask: 255.255.0.0 or /16 is 16. */
export function prefixOf(mask: string): number | undefined {
  if (/^\/?\d{1,2}$/.test(mask)) {
    const length = Number(mask.replace('/', ''));
    return length <= 32 ? length : undefined;
  }
  const number = ipv4Number(mask);
  if (number === undefined) return undefined;
  const bits = number.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}

/** `n1.cluster.example` is node `n1` with domain `cluster.example`; `rack1.2` is a name. */
export function splitHostName(text: string): { name: string; domain?: string } {
  const full = text.toLowerCase().replace(/\.$/, '');
  const [, name = full, domain] = /^([^.]+)\.((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)$/.exec(full) ?? [];
  return { name, ...(domain !== undefined && { domain }) };
}

/** The nearest name of a group, profile or tag; nothing if nothing remains. */
export function nearestName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .replace(/-+$/, '')
    .slice(0, 63);
  return NAME.test(name) ? name : undefined;
}

/** A word for templates: `[a-z][a-z0-9_]*`. */
export function variableName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[_\d]+/, '')
    .replace(/_+$/, '')
    .slice(0, 63);
  return name === '' ? undefined : name;
}

/** What nobody should see, told by its name. */
export function isSecret(name: string): boolean {
  return /passw|passphrase|secret|token|credential|private.?key|authkey|privkey|community/i.test(name);
}

/** Foreign text in a message: quoted where that is needed, and not too long. */
export function shown(text: string, most = 80): string {
  const short = text.length > most ? `${text.slice(0, most)}…` : text;
  return /^[\w.:@/+=-]+$/.test(short) ? short : JSON.stringify(short);
}
