/** The upper directory of a mounted image as one packed layer. */
import { join } from 'node:path';
import { contentSize, dropLogAcls, normalize } from '../build/upper.ts';
import type { Compressor } from '../build/kernel-config.ts';
import { BOOT_FILES, packCommand, usualLevel, type Form } from '../build/pack-command.ts';
import type { Catalog } from '../image/catalog.ts';
import type { PackedLayer } from '../image/types.ts';
import { run } from '../system/process.ts';
import type { Installation } from '../system/config.ts';
import { workDirectory } from '../system/workdir.ts';

/** Packs what is in `upper`, in which nothing of this host or of today is left. One without files has changes of the root. */
export async function packUpper(
  { paths, config }: Installation,
  catalog: Catalog,
  upper: string,
  options: { title: string; epoch: number; clean: boolean; compressor: Compressor; signal?: AbortSignal },
): Promise<PackedLayer> {
  const { title, epoch, clean, signal } = options;
  if (clean) await dropLogAcls(upper);
  const acls = await normalize(upper, epoch, signal);
  const format = acls ? 'erofs' : 'squashfs';
  const as = { format, ...(!acls && { compressor: options.compressor }) } as const;
  const form: Form = {
    ...as,
    level: usualLevel(config.build.compression, as.compressor),
    exclude: [...BOOT_FILES],
  };
  await using work = await workDirectory(paths, 'pack');
  const file = join(work.path, 'packed');
  const env = { SOURCE_DATE_EPOCH: String(epoch) };
  const [unpacked] = await Promise.all([
    contentSize(upper),
    run(packCommand(upper, file, form, epoch), { signal, env }),
  ]);
  const blob = await catalog.adoptBlob(file, signal);
  return { ...blob, ...as, title, key: '', unpacked };
}
