/** A file as a node gets it. */
import { createHmac } from 'node:crypto';
import { digestOf } from './contents.ts';

export interface RenderedFile {
  path: string;
  kind: 'file' | 'link' | 'absent';
  /** Four octal digits. */
  mode: string;
  /** Name or number, looked up in the image. */
  owner: string;
  group: string;
  /** With kind `file`. */
  content?: Buffer;
  /** With kind `link`. */
  target?: string;
  /** Never shown, logged or refreshed. */
  secret: boolean;
  /** Running nodes fetch it again when it changed. */
  refresh: boolean;
  /** Command that a running node runs after a refresh changed it. */
  run?: string;
  /** It is made only if the image has this directory. */
  within?: string;
  /** Of the content or the target; of a secret one that tells nothing of it. */
  digest: string;
  /** `node`, `group:NAME`, `profile:NAME`, or `default`; missing where nobody asked for it. */
  source?: string;
}

export function digestOfSecret(site: Buffer, content: Buffer): string {
  return `sha256:${createHmac('sha256', site).update('slipway file\0').update(content).digest('hex')}`;
}

/** What travels as the content of an entry: of a link its target. */
export function payload(file: RenderedFile): Buffer | undefined {
  if (file.kind === 'absent') return undefined;
  return file.kind === 'link' ? Buffer.from(file.target ?? '') : file.content;
}

/** A digest of all that a node gets at a path: what differs in it differs on the node. For drift. */
export function fingerprint(file: RenderedFile): string {
  const { kind, mode, owner, group, digest, within = '' } = file;
  return digestOf([kind, mode, owner, group, digest, within].join(' '));
}

/** Fingerprints by path, as a boot session keeps them (`Given.files`). */
export function fingerprints(files: readonly RenderedFile[]): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file.path, fingerprint(file)]));
}
