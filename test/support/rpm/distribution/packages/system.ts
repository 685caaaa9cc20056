/** What makes a tree a system: systemd, accounts, logins, the network, initramfs and package managers. */
import { unitScripts, userScript, type PackageDefinition } from '../package.ts';

const SYSTEMD_POST = [
  'systemd-machine-id-setup &>/dev/null || :',
  'systemd-sysusers || :',
  'if [ $1 -eq 1 ]; then',
  '    systemctl preset-all &>/dev/null || :',
  '    systemctl set-default multi-user.target &>/dev/null || :',
  'fi',
  'journalctl --update-catalog &>/dev/null || :',
].join('\n');

export const system: readonly PackageDefinition[] = [
  {
    name: 'util-linux',
    from: ['util-linux', 'util-linux-extra', 'bsdutils', 'mount', 'fdisk'],
    requires: ['pam'],
    provides: ['/bin/mount', '/usr/sbin/nologin'],
  },
  {
    name: 'shadow-utils',
    from: ['passwd', 'login'],
    requires: ['setup', 'filesystem'],
    // As there: no group shadow, which only they would be in.
    marks: { '/usr/bin/chage': '%attr(4755,root,root)', '/usr/bin/expiry': '%attr(4755,root,root)' },
    provides: ['passwd', '/usr/sbin/useradd', '/usr/sbin/groupadd'],
  },
  {
    name: 'pam',
    from: ['libpam0g', 'libpam-modules', 'libpam-modules-bin', 'libpam-runtime'],
    only: (path) => !path.endsWith('/pam-auth-update'),
    marks: { '/usr/sbin/unix_chkpwd': '%attr(4755,root,root)' },
  },
  {
    name: 'systemd-libs',
    from: ['libsystemd0', 'libudev1', 'libsystemd-shared'],
  },
  {
    name: 'systemd',
    from: ['systemd', 'systemd-sysv', 'libpam-systemd'],
    requires: ['bash', 'coreutils', 'dbus', 'util-linux', 'shadow-utils', 'kmod', 'libapparmor1'],
    ignores: ['systemd'],
    only: (path) =>
      !/^\/usr\/lib\/(kernel\/install\.d\/85-|tmpfiles\.d\/debian|sysusers\.d\/basic)/.test(path),
    ghosts: ['/etc/machine-id'],
    scripts: { post: SYSTEMD_POST },
    provides: ['systemd-sysv', 'systemd-pam', '/usr/bin/kernel-install', '/usr/bin/systemctl'],
  },
  {
    name: 'systemd-udev',
    from: ['udev'],
    requires: ['systemd', 'kmod'],
    provides: ['udev'],
    ghosts: ['/etc/udev/hwdb.bin'],
    scripts: { post: 'systemd-hwdb update &>/dev/null || :' },
  },
  {
    name: 'dbus',
    from: ['dbus', 'dbus-bin', 'dbus-daemon', 'dbus-session-bus-common', 'dbus-system-bus-common'],
    requires: ['shadow-utils', 'bash'],
    marks: { '/usr/lib/dbus-1.0/dbus-daemon-launch-helper': '%attr(4750,root,messagebus)' },
    scripts: { pre: userScript('messagebus', 81, '/', 'System message bus') },
  },
  { name: 'kmod', from: ['kmod'] },
  {
    name: 'openssh',
    from: ['openssh-client'],
    each: true,
    only: (path) => /\/(ssh-keygen|ssh-keysign)(\.|$)/.test(path) || path === '/etc/ssh/moduli',
  },
  {
    name: 'openssh-clients',
    from: ['openssh-client'],
    each: true,
    docs: true,
    only: (path) => !/\/(ssh-keygen|ssh-keysign)(\.|$)|^\/etc\/init|ssh-agent.service/.test(path),
    requires: ['openssh'],
    marks: { '/usr/bin/ssh-agent': '%attr(0755,root,root)' },
  },
  {
    name: 'openssh-server',
    from: ['openssh-server', 'openssh-sftp-server'],
    each: true,
    only: (path) => !/^\/(etc\/|usr\/share\/|usr\/lib\/(systemd|tmpfiles.d)\/)/.test(path),
    requires: ['openssh', 'systemd', 'shadow-utils', 'pam'],
    ignores: ['openssh-clients', 'procps-ng'],
    links: { '/usr/libexec/openssh/sftp-server': '../../lib/openssh/sftp-server' },
    directories: { '/usr/share/empty.sshd': '0711' },
    marks: {
      '/etc/ssh/sshd_config': '%attr(0600,root,root)',
      '/etc/ssh/sshd_config.d/50-slipway.conf': '%attr(0600,root,root)',
    },
    scripts: {
      pre: userScript('sshd', 74, '/usr/share/empty.sshd', 'Privilege-separated SSH'),
      ...unitScripts('sshd.service'),
    },
  },
  {
    name: 'NetworkManager',
    from: ['network-manager'],
    only: (path) => !path.endsWith('/01-ifupdown'),
    requires: ['systemd', 'dbus'],
    ignores: ['libteamdctl'],
    directories: { '/etc/NetworkManager/system-connections': '0700', '/var/lib/NetworkManager': '0700' },
    scripts: unitScripts('NetworkManager.service', 'NetworkManager-dispatcher.service'),
  },
  {
    name: 'dracut',
    from: ['dracut-core'],
    requires: ['bash', 'coreutils', 'systemd', 'systemd-udev', 'kmod', 'xz', 'gzip', 'cpio', 'grep', 'sed', 'findutils', 'util-linux', 'procps-ng'], // prettier-ignore
    ignores: ['kpartx', 'e2fsprogs'],
    provides: ['/usr/bin/dracut'],
  },
  { name: 'dracut-network', from: ['dracut-network'], requires: ['iproute', 'curl'] },
  { name: 'dracut-live', from: ['dracut-live'], requires: ['curl'] },
  {
    name: 'python3-libs',
    from: ['libpython3-stdlib', 'libpython3.11-stdlib', 'libpython3.11-minimal'],
    ignores: ['python3'],
  },
  {
    name: 'python3',
    from: ['python3', 'python3-minimal', 'python3.11', 'python3.11-minimal'],
    requires: ['python3-libs'],
    links: { '/usr/libexec/platform-python': '../bin/python3' },
    provides: ['platform-python', '/usr/libexec/platform-python', '/usr/bin/python3'],
  },
  { name: 'python3-dnf', from: ['python3-dnf'], requires: ['python3-libs'] },
  {
    name: 'dnf',
    from: ['dnf', 'dnf-data'],
    requires: ['rpm', 'python3-dnf'],
    directories: { '/etc/yum.repos.d': '0755', '/etc/dnf/vars': '0755' },
  },
  { name: 'yum', summary: 'dnf under its old name', version: '4.14.0', requires: ['dnf'], links: { '/usr/bin/yum': 'dnf-3', '/etc/yum.conf': 'dnf/dnf.conf' } }, // prettier-ignore
  {
    name: 'rpm',
    from: ['rpm', 'rpm-common', 'rpm2cpio'],
    // The database where RHEL has it, and not where Debian’s rpm would put it.
    files: { '/usr/lib/rpm/macros.d/macros.slipway': '%_dbpath /var/lib/rpm\n' },
    directories: { '/var/lib/rpm': '0755' },
  },
];
