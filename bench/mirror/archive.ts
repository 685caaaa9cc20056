/** The mirror of this run, filled with what any contender will ask for. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { INITRAMFS_TOOLS as TOOL_PACKAGES } from '../../src/build/apt/archive.ts';
import type { Bench } from '../row.ts';
import { DRACUT_PACKAGES } from '../rivals/bare.ts';
import { call } from '../rivals/by-hand.ts';
import { wantedBy } from '../rivals/wanted.ts';
import { Mirror } from './mirror.ts';
import { upstreamOf } from './upstream.ts';

/** What debootstrap and mkosi bring along without being asked. */
const THEIR_OWN = [
  'lsb-base',
  'usr-is-merged',
  'initramfs-tools',
  'ca-certificates',
  'dbus',
  'libpam-systemd',
  'systemd-resolved',
  'systemd-sysv',
];

export async function archive(bench: Bench): Promise<Mirror> {
  return await bench.shared('mirror', async () => {
    const wanted = await wantedBy(bench.recipe);
    const mirror = bench.stack.use(
      await Mirror.open({
        upstream: await upstreamOf(bench, wanted.suite),
        pool: join(bench.cache, 'mirror'),
        dists: join(bench.directory, 'mirror'),
        signal: bench.signal,
      }),
    );
    bench.say('filling the mirror on loopback');
    const target = join(bench.directory, 'filling');
    await mkdir(target);
    const packages = [...wanted.packages, ...DRACUT_PACKAGES, ...TOOL_PACKAGES, ...THEIR_OWN];
    await call(bench, [
      'mmdebstrap', '--aptopt=Acquire::Languages "en"', '--mode=root', '--format=directory', '--variant=extract',
      '--include=?essential', '--include=?priority(required)', `--include=${[...new Set(packages)].join(',')}`,
      wanted.suite, target, mirror.url,
    ]); // prettier-ignore
    await rm(target, { recursive: true });
    return mirror;
  });
}
