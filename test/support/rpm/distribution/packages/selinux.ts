/** SELinux: Debian's reference policy under the name and in the places of RHEL's. */
import { globSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../../../src/system/process.ts';
import type { PackageDefinition } from '../package.ts';

const CONFIG = `# selinux(8)
SELINUX=enforcing
SELINUXTYPE=targeted
`;

export const selinux: readonly PackageDefinition[] = [
  {
    name: 'selinux-policy',
    summary: 'Configuration of SELinux',
    version: '2.20221101',
    requires: ['filesystem'],
    files: { '/etc/selinux/config': CONFIG },
  },
  {
    name: 'selinux-policy-targeted',
    summary: 'SELinux policy targeted',
    from: ['selinux-policy-default'],
    requires: ['selinux-policy', 'policycoreutils', 'libsemanage'],
    provides: ['selinux-policy-base'],
    ignores: ['libselinux', 'libsemanage', 'libsepol', 'python3-semanage', 'selinux-utils'],
    finish: compile,
  },
  {
    name: 'selinux-policy-devel',
    summary: 'For those who write policy modules',
    version: '2.20221101',
    requires: ['selinux-policy'],
    files: { '/usr/share/selinux/devel/README': 'Interfaces of the policy would be here.\n' },
  },
];

/**
 * What RHEL's policy has and Debian's lacks, without which nothing runs from an overlay that the initramfs
 * mounted: programs map files that the kernel has opened for them.
 */
const RULES = `(typeattributeset cil_gen_require domain)
(allow domain domain (fd (use)))
`;

/** Debian compiles the policy when it is installed; RHEL ships it compiled. */
async function compile(directory: string): Promise<void> {
  for (const parent of ['etc/selinux', 'usr/share/selinux'])
    await rename(join(directory, parent, 'default'), join(directory, parent, 'targeted'));
  const store = join(directory, 'var/lib/selinux');
  await rm(store, { recursive: true, force: true });
  await mkdir(join(store, 'targeted'), { recursive: true });
  const modules = join(directory, 'usr/share/selinux/targeted');
  const names = (await readFile(join(modules, '.modules'), 'utf8')).trim().split(/\s+/);
  const rules = join(directory, 'rhel.cil');
  await writeFile(rules, RULES);
  const files = [...names.map((name) => join(modules, `${name}.pp.bz2`)), rules];
  const install = files.map((file) => `--install=${file}`);
  await run(['semodule', '--noreload', '--preserve_tunables', '-N', '-X', '100', '-p', directory, '-s', 'targeted', ...install]);
  for (const file of [...globSync(join(modules, '*.pp.bz2')), rules]) await rm(file);
  await writeFile(join(directory, 'etc/selinux/targeted/.policy.sha512'), '');
} // prettier-ignore
