/**
 * Who asks for a boot, read from the lines of dnsmasq's log-dhcp (rfc2131.c of
 * dnsmasq 2.90, the same in proxy and full mode): a number for the transaction,
 * then one fact a line, `tags:` last of those that matter here. Systems that renew
 * an address are no PXE clients and mean nothing.
 */
import { normalizeMac } from '../node/mac.ts';

export interface DhcpRequest {
  mac: string;
  client: 'firmware' | 'ipxe';
  /** What Slipway calls the architecture: bios, x64, arm64-http; empty where it is none that it serves. */
  architecture: string;
}

interface Transaction {
  vendor?: string;
  ipxe?: boolean;
  mac?: string;
}

const LINE = /^dnsmasq-dhcp(?:\[\d+\])?: (\d{1,10}) (.+)$/;
const ASKED = /^(?:PXE|DHCPDISCOVER|DHCPREQUEST)\(\S+\) (?:[\d.]+ )?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b/i;
/** Transactions under way that are remembered. */
const LIMIT = 1000;
const ARCHITECTURES = new Set(['bios', 'x64', 'arm64', 'x64-http', 'arm64-http']);

export class DhcpLog {
  readonly #open = new Map<string, Transaction>();

  /** A line, and the request that is complete with it. */
  read(line: string): DhcpRequest | undefined {
    const [, id = '', text = ''] = LINE.exec(line) ?? [];
    if (id === '') return undefined;
    if (text.startsWith('available DHCP ')) {
      // The first line of each packet.
      this.#open.delete(id);
      const [oldest] = this.#open.keys();
      if (this.#open.size >= LIMIT && oldest !== undefined) this.#open.delete(oldest);
      this.#open.set(id, {});
      return undefined;
    }
    const found = this.#open.get(id);
    if (!found) return undefined;
    if (text.startsWith('vendor class: ')) found.vendor = text.slice(14, 80);
    else if (text === 'user class: iPXE') found.ipxe = true;
    else if (text.startsWith('tags: ')) {
      this.#open.delete(id);
      return complete(found, text.slice(6).split(', '));
    } else found.mac ??= ASKED.exec(text)?.[1];
    return undefined;
  }
}

function complete({ vendor = '', ipxe, mac }: Transaction, tags: readonly string[]): DhcpRequest | undefined {
  if (mac === undefined || !/^(PXE|HTTP)Client\b/.test(vendor)) return undefined;
  const architecture = tags.find((tag) => ARCHITECTURES.has(tag)) ?? '';
  // iPXE says what it is by its user class or by option 175, which sets the tag.
  return {
    mac: normalizeMac(mac),
    client: ipxe || tags.includes('ipxe') ? 'ipxe' : 'firmware',
    architecture,
  };
}

/** Whether a line is for people: of a transaction only who asked and what was answered. */
export function worthShowing(line: string): boolean {
  const [, , text] = LINE.exec(line) ?? [];
  return text === undefined || /^(PXE|DHCP[A-Z]+)\(/.test(text);
}
