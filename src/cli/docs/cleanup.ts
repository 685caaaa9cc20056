import { cleanList } from '../../build/clean.ts';
import { BOOT_FILES } from '../../build/pack-command.ts';
import { heading, paragraph, terms, type Block } from './document.ts';

/** What no image holds, from the lists that the builder works by. */
export function cleanupReference(): Block[] {
  const code = (paths: readonly string[]) => paths.map((path) => `\`${path}\``).join(', ');
  return [
    heading('Clean-up'),
    paragraph(
      'What each step leaves out of the layer that it makes, so that it takes no room in any. All of it is on by default; a recipe switches a part off under `clean:`.',
    ),
    terms(
      cleanList().map(({ key, text, emptied, removed }) => [
        `\`${key}\``,
        [
          text,
          emptied.length > 0 ? `Emptied: ${code(emptied)}.` : '',
          removed.length > 0 ? `Removed: ${code(removed)}.` : '',
        ]
          .filter(Boolean)
          .join(' '),
      ]),
    ),
    heading('Not packed', 2),
    paragraph(
      `The kernel and its initramfs are blobs of their own, which the node has in memory already when it unpacks the layers. Left out of every packed layer, with what \`pack: {exclude: …}\` names: ${code(BOOT_FILES)}.`,
    ),
    heading('Made independent of the host', 2),
    paragraph(
      'No file is newer than the date of the image; days of password changes in `/etc/shadow` neither. Attributes that overlayfs binds to inode numbers of the build host are removed; whiteouts and opaque directories stay.',
    ),
  ];
}
