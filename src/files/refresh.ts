/** What a running node may ask for: the files that are refreshed. docs/boot-protocol.md, section 11. */
import { createHash } from 'node:crypto';
import { payload, type RenderedFile } from './rendered.ts';

export interface RefreshList {
  text: string;
  /** Strong: of the text. */
  etag: string;
}

/** Secrets are never among them. */
export function refreshed(files: readonly RenderedFile[]): RenderedFile[] {
  return files.filter((file) => file.refresh && !file.secret);
}

export function hasRefreshed(files: readonly RenderedFile[]): boolean {
  return refreshed(files).length > 0;
}

/** `KIND MODE OWNER GROUP SHA256 PATH` a line, `run COMMAND` behind the file that wants it. */
export function refreshList(files: readonly RenderedFile[]): RefreshList {
  const lines = refreshed(files).flatMap((file) => {
    const { kind, mode, owner, group, path, run } = file;
    const hex = kind === 'absent' ? '-' : file.digest.slice('sha256:'.length);
    const command = run === undefined ? [] : [`run ${run}`];
    return [`${kind} ${mode} ${owner} ${group} ${hex} ${path}`, ...command];
  });
  const text = ['slipway-files 1', ...lines, 'end', ''].join('\n');
  return { text, etag: `"${createHash('sha256').update(text).digest('hex')}"` };
}

/** The content, or the target of a link, of this digest; nothing if no refreshed file has it. */
export function refreshContent(files: readonly RenderedFile[], hex: string): Buffer | undefined {
  const found = refreshed(files).find((file) => file.digest === `sha256:${hex}`);
  return found && payload(found);
}
