/** The node initrd: what one node gets for one boot, as a small cpio. docs/boot-protocol.md, section 3. */
import type { ConfLine } from '../modes/mode.ts';
import { fileEntries } from '../files/list.ts';
import type { RenderedFile } from '../files/rendered.ts';
import { cpio } from './cpio.ts';

export interface NodeInitrd {
  /** Lines of node.conf, in order. */
  conf: readonly ConfLine[];
  /** Public keys that may sign manifests, PEM. */
  trusted: string;
  /** Commands that the node runs once it is up. */
  checks?: readonly string[];
  /** Laid over the root before the system starts. */
  files?: readonly RenderedFile[];
}

export function nodeInitrd({ conf, trusted, checks = [], files = [] }: NodeInitrd): Buffer {
  return cpio([
    { path: 'etc', mode: 0o755 },
    { path: 'etc/slipway', mode: 0o700 },
    { path: 'etc/slipway/node.conf', mode: 0o600, content: nodeConf(conf) },
    { path: 'etc/slipway/trusted.pem', mode: 0o600, content: trusted },
    ...(checks.length > 0 ? [{ path: 'etc/slipway/checks', mode: 0o700 }] : []),
    ...checks.map((check, index) => ({
      path: `etc/slipway/checks/${String(index + 1).padStart(2, '0')}`,
      mode: 0o700,
      content: check,
    })),
    ...fileEntries(files),
  ]);
}

/** The text of node.conf. Everything in it was checked before: what does not fit is a fault of ours. */
export function nodeConf(lines: readonly ConfLine[]): string {
  return lines
    .map(([key, value]) => {
      if (!/^[a-z][a-z-]*$/.test(key) || !/^\P{Cc}+$/u.test(value) || value.trim() !== value)
        throw new TypeError(`node.conf cannot hold ${JSON.stringify([key, value])}`);
      return `${key} ${value}\n`;
    })
    .join('');
}
