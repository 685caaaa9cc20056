/** Recipes that build from the test distribution. */
import { stringify } from 'yaml';
import type { RpmDistribution, RpmRelease } from './distribution.ts';

export interface RpmRecipe {
  name: string;
  /** Other fields of the source `redhat`, such as `type` or `packages`. */
  source?: Record<string, unknown>;
  steps?: readonly unknown[];
  /** Other keys of the recipe. */
  more?: Record<string, unknown>;
  /** Where the repository is; default: its directory, as `file://`. */
  url?: string;
}

/** The text of a recipe with the source `redhat` of one release of the distribution. */
export function rpmRecipe({ key }: RpmDistribution, { release, url }: RpmRelease, recipe: RpmRecipe): string {
  const repository = {
    id: `slt-${release}`,
    baseurl: recipe.url ?? url,
    gpgkey: key,
    repo_gpgcheck: true,
  };
  return stringify({
    name: recipe.name,
    source: { redhat: { release, repositories: [repository], ...recipe.source } },
    steps: recipe.steps ?? [],
    ...recipe.more,
  });
}

/** Where each node keeps its state, in a directory of its name: support/other-server.ts. */
export const clientState = '198.18.87.3:/srv/state';

/**
 * A node of release 9 that can be looked at, with labels and tables: what readonly-root of RHEL-like systems installs
 * and reads, and a unit that would do the same again.
 */
export const nodeRecipe: RpmRecipe = {
  name: 'slt9',
  source: { type: 'core', packages: ['rpm', 'NetworkManager', 'iputils', 'special-files'] },
  steps: [
    { kernel: { package: 'kernel' } },
    { packages: ['less'] },
    {
      files: [
        {
          to: '/etc/sysconfig/readonly-root',
          content: `# Set to 'yes' to mount the file systems read-only.\nREADONLY=yes\nTEMPORARY_STATE=no\nRW_MOUNT=/var/lib/stateless/writable\nRW_LABEL=stateless-rw\nRW_OPTIONS=\nSTATE_LABEL=stateless-state\nSTATE_MOUNT=/var/lib/stateless/state\nCLIENTSTATE=${clientState}\nSLAVE_MOUNTS=yes\n`,
        },
        {
          to: '/etc/rwtab',
          content:
            'dirs\t/var/cache/man\ndirs\t/var/lib/xkb\ndirs\t/var/log\nempty\t/tmp\nempty\t/var/tmp\nempty\t/var/lib/dhclient\nfiles\t/etc/adjtime\nfiles\t/etc/resolv.conf\nfiles\t/var/lib/NetworkManager\nfiles\t/var/lib/systemd\nfiles\t/var/lib/rpm\n',
        },
        { to: '/etc/rwtab.d/site', content: 'files\t/root\nfiles\t/etc/sysconfig/network-scripts\n' },
        // Its part that can be written to is a tmpfs of its own.
        { to: '/etc/fstab', content: 'none /var/lib/stateless/writable tmpfs size=96m,mode=0755 0 0\n' },
        { to: '/etc/statetab', content: '/usr/share/special\n' },
        {
          to: '/usr/lib/systemd/system/readonly-root.service',
          content:
            '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/readonly-root-ran\n[Install]\nWantedBy=local-fs.target\n',
        },
      ],
    },
    // The distribution has no PAM for it, and it starts with each login.
    { services: { enable: ['readonly-root.service'], mask: ['user@.service'] } },
  ],
  more: { selinux: { policy: 'targeted', mode: 'enforcing' } },
};
