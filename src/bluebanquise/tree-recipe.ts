/** The recipe of an image whose content is taken over as it is. */
import { dirname } from 'node:path';
import type { z } from 'zod';
import { recipeOf } from '../recipe/of-document.ts';
import type { RecipeSchema } from '../recipe/schema.ts';
import type { ResolvedRecipe } from '../recipe/resolved.ts';
import type { FoundImage } from './images.ts';

/**
 * disklessset writes `PermitRootLogin yes` without the end of its line, and the next line goes on there:
 * sshd does not start. This puts the end of the line back.
 */
export const MEND_SSHD = `conf=/etc/ssh/sshd_config
[ -f "$conf" ] || exit 0
text= changed=
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    'PermitRootLogin yes'?*)
      text="\${text}PermitRootLogin yes
\${line#PermitRootLogin yes}
" changed=yes ;;
    *) text="$text$line
" ;;
  esac
done < "$conf"
[ -z "$changed" ] || printf '%s' "$text" > "$conf"
`;

export type TreeSource = { directory: { path: string } } | { archive: { path: string } };

/**
 * @param source the content; an absolute path
 * @param kernel where its kernel comes from; nothing: it gets none, and cannot boot
 */
export function treeRecipe(image: FoundImage, source: TreeSource, kernel?: 'pool' | 'tree'): ResolvedRecipe {
  const { name, written, directory } = image;
  const version = written.kernel ?? '';
  const document: z.input<typeof RecipeSchema> = {
    name,
    description: 'An image of BlueBanquise',
    source,
    steps: [
      ...(kernel ? [{ kernel: kernel === 'pool' ? { pool: version } : { version } }] : []),
      { run: MEND_SSHD, title: 'sshd_config as it was meant' },
    ],
    ...(written.selinux && { selinux: true as const }),
    ...(written.size !== undefined && { size: written.size }),
  };
  return recipeOf(
    document,
    directory,
    dirname('directory' in source ? source.directory.path : source.archive.path),
  );
}
