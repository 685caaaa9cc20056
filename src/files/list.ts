/**
 * Node files on their way: in the node initrd (docs/boot-protocol.md, section 3).
 * A list of one line a file, and the contents numbered beside it.
 */
import type { CpioEntry } from '../boot/cpio.ts';
import { payload, type RenderedFile } from './rendered.ts';

const DIRECTORY = 'etc/slipway/files';

/**
 * `KIND MODE OWNER GROUP N PATH` a line. N counts lines from 1; the content, or the target of a link,
 * is the file N beside the list. A line `within - - - 0 DIR` makes all after it, up to the next one,
 * depend on this directory of the image.
 */
export function fileList(files: readonly RenderedFile[]): string {
  let within: string | undefined;
  return files
    .map((file, index) => {
      const { path, kind, mode, owner, group } = file;
      const words = `${kind} ${mode} ${owner} ${group} ${index + 1} ${path}`;
      if (!/^(file|link|absent) [0-7]{4} [\w-]+\$? [\w-]+\$? \d+ \/\P{Cc}+$/u.test(words))
        throw new TypeError(`the list of files cannot hold ${JSON.stringify(words)}`);
      const head = file.within === within ? '' : `within - - - 0 ${file.within ?? '/'}\n`;
      within = file.within;
      return `${head}${words}\n`;
    })
    .join('');
}

/** Entries for the cpio; none if there are no files. */
export function fileEntries(files: readonly RenderedFile[]): CpioEntry[] {
  if (files.length === 0) return [];
  const contents = files.flatMap((file, index) => {
    const content = payload(file);
    return content ? [{ path: `${DIRECTORY}/${index + 1}`, mode: 0o600, content }] : [];
  });
  return [
    { path: DIRECTORY, mode: 0o700 },
    { path: `${DIRECTORY}/list`, mode: 0o600, content: fileList(files) },
    ...contents,
  ];
}
