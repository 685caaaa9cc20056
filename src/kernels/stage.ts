/** Makes what goes into the pool of what an origin has: checked, copied, packed, in a work directory. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKernelConfig, type KernelConfig } from '../build/kernel-config.ts';
import { usualLevel } from '../build/pack-command.ts';
import { hashFile } from '../image/blobs.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import { abilitiesOf, compressorFor, tellingOptions } from './abilities.ts';
import type { PoolKernel } from './entry.ts';
import { fail } from './errors.ts';
import { readKernelFile } from './kernel-file.ts';
import { copyModules, finishModules, isFile, measureFiles, modulesPath, packModules } from './modules.ts';
import type { Candidate } from './sources/origin.ts';

export interface StageContext {
  installation: Installation;
  sink: Sink;
  signal?: AbortSignal;
}

/** A kernel in a directory of its own: `vmlinuz`, `modules.squashfs`. */
export interface Staged {
  directory: string;
  kernel: PoolKernel;
}

/**
 * @param work an empty directory below `paths.work`
 * @param known asked once the content is known, before it is packed: true, and there is nothing to do
 * @throws SlipwayError `kernels/not-a-kernel`, `kernels/other-version`, `kernels/bad-modules`
 */
export async function stage(
  candidate: Candidate,
  work: string,
  { installation, sink, signal }: StageContext,
  known: (kernel: { vmlinuz: string; content: string }) => Promise<boolean> = () => Promise.resolve(false),
): Promise<Staged | undefined> {
  const { version, from, label } = candidate;
  const directory = join(work, 'entry');
  const tree = join(work, 'tree');
  await mkdir(directory, { mode: 0o755 });
  const vmlinuz = join(directory, 'vmlinuz');
  // Checked after it was copied: what is looked at is what is kept.
  await readKernelFile(candidate.vmlinuz, label);
  await copyFile(candidate.vmlinuz, vmlinuz, constants.COPYFILE_FICLONE);
  await chmod(vmlinuz, 0o644);
  const { architecture, version: found } = await readKernelFile(vmlinuz, label);
  if (found && found !== version) throw fail('other-version', { file: label, found, wanted: version });
  const kernelPart = await hashFile(vmlinuz, signal);

  await mkdir(join(tree, 'usr/lib/modules'), { recursive: true });
  const { date, links, content } = await copyModules(
    candidate.modules,
    join(tree, modulesPath(version)),
    version,
    signal,
  );
  if (await known({ vmlinuz: kernelPart.digest, content })) return undefined;
  if (links.length > 0)
    sink({
      event: 'notice',
      level: 'info',
      message: `Links in the modules of ${version} are left out: ${links.slice(0, 3).join(', ')}${links.length > 3 ? ` and ${links.length - 3} more` : ''}`,
    });
  await finishModules(tree, version, signal);
  const config = await keepConfig(candidate, join(tree, modulesPath(version)));
  const [abilities, measured] = [
    await abilitiesOf(join(tree, modulesPath(version))),
    await measureFiles(tree),
  ];
  const packed = join(directory, 'modules.squashfs');
  const compressor = compressorFor(version, config);
  const level = usualLevel(installation.config.build.compression, compressor);
  await packModules(tree, version, packed, { level, compressor, date, signal });
  await rm(tree, { recursive: true });
  return {
    directory,
    kernel: {
      version,
      architecture,
      added: new Date().toISOString(),
      from,
      vmlinuz: kernelPart,
      modules: { ...(await hashFile(packed, signal)), ...measured, compressor, content },
      abilities,
      ...(config && { config: tellingOptions(config) }),
    },
  };
}

/** No configuration is as large. */
const LARGEST_CONFIG = 1 << 20;

/** The kernel's configuration, put beside its modules: there it is found by whoever makes an initramfs. */
async function keepConfig({ config }: Candidate, modules: string): Promise<KernelConfig | undefined> {
  const own = join(modules, 'config');
  const path = (await isFile(own)) ? own : config;
  if (path === undefined) return undefined;
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const info = await file.stat();
  if (!info.isFile() || info.size > LARGEST_CONFIG) return undefined;
  const text = await file.readFile('latin1');
  if (path !== own) await writeFile(own, text, { encoding: 'latin1', mode: 0o644 });
  return parseKernelConfig(text);
}
