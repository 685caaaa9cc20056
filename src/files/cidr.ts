/** Addresses with a prefix length, as they stand in `interfaces`: `10.0.0.7/16`, `fd00::7/64`. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Cidr {
  family: 4 | 6;
  /** The address in its usual form. */
  ip: string;
  /** 32 or 128 where none is written. */
  prefix: number;
  netmask: string;
  /** First address of the network, and the network with its prefix length. */
  network: string;
  cidr: string;
  /** IPv4 only. */
  broadcast?: string;
}

/** Nothing if it is no address. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : undefined;
  if (!family) return undefined;
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return undefined;
  const value = family === 4 ? value4(address) : value6(address);
  const all = (1n << BigInt(bits)) - 1n;
  const mask = (all << BigInt(bits - prefix)) & all;
  const network = write(value & mask, family);
  return {
    family,
    ip: write(value, family),
    prefix,
    netmask: write(mask, family),
    network,
    cidr: `${network}/${prefix}`,
    ...(family === 4 && { broadcast: write(value | (all ^ mask), 4) }),
  };
}

function value4(address: string): bigint {
  return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function value6(address: string): bigint {
  // The last 32 bits may be written as IPv4.
  const plain = address.replace(/[\d.]+$/, (last) => {
    if (!last.includes('.')) return last;
    const value = value4(last);
    return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, after] = [words(head), words(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n);
}

function write(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const words = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  // The first of the longest runs of zeros, of two at least, becomes `::` (RFC 5952).
  const runs = [...words.join(':').matchAll(/(?<=^|:)0(?::0)+(?=:|$)/g)];
  const [longest] = runs.toSorted((a, b) => b[0].length - a[0].length || a.index - b.index);
  const text = words.join(':');
  if (!longest) return text;
  const end = longest.index + longest[0].length;
  return `${text.slice(0, longest.index).replace(/:$/, '')}::${text.slice(end).replace(/^:/, '')}`;
}
