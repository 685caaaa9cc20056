import { defineErrors } from '../../system/errors.ts';

export const fail = defineErrors('selinux', {
  'no-policy': {
    what: 'The image has no SELinux policy {policy}',
    why: 'There is no {file} in it, by which files get their labels; policies found: {found}.',
    todo: 'Install {package} and policycoreutils in the source or the first step, name another policy (selinux.policy), or leave selinux out.',
  },
  'not-built': {
    what: 'The SELinux policy {policy} of the image is not compiled',
    why: 'There is no /etc/selinux/{policy}/policy/policy.NUMBER for the kernel to load; the package’s script makes it.',
    todo: 'See what the package said in the build log, or run semodule --build --store {policy} --noreload in a run step.',
  },
  'no-tools': {
    what: 'The image has no setfiles and restorecon',
    why: 'Nodes need them to label what is written while they boot, and the build to check the policy.',
    todo: 'Install package policycoreutils in the image.',
  },
  'unknown-label': {
    what: 'A label in the file contexts of policy {policy} is unknown to that policy: {label}',
    why: 'The kernel would take files with it for unlabelled.',
    todo: 'Correct /etc/selinux/{policy}/contexts/files/file_contexts.local, or add the policy module that has the type.',
  },
  'bad-contexts': {
    what: 'The file contexts of policy {policy} cannot be read',
    why: 'setfiles refused them; what it said is below.',
    todo: 'Correct /etc/selinux/{policy}/contexts/files/file_contexts.local, or install the policy anew.',
  },
  slow: {
    what: 'Labelling took longer than {minutes} minutes and was stopped',
    why: 'A regular expression of the file contexts may take for ever on some path.',
    todo: 'Look for nested repetitions in /etc/selinux/{policy}/contexts/files/file_contexts.local.',
  },
  unlabelled: {
    what: '{count} files of the image have no SELinux label: {paths}',
    why: 'A node that enforces the policy could not use them.',
    todo: 'The file contexts of the policy must match every path: add a line to file_contexts.local in a files step.',
  },
});
