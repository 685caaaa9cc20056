import { defineErrors } from '../system/errors.ts';

/** The errors of the pool of kernels. */
export const fail = defineErrors('kernels', {
  'bad-version': {
    what: '{version} is not a kernel version',
    why: 'It becomes the name of a directory: letters, digits and + . _ ~ - only, as uname -r and /lib/modules have it.',
    todo: 'Give the version as uname -r prints it, such as 6.1.0-30-amd64.',
    exit: 2,
  },
  'bad-module': {
    what: '{name} is not the name of a kernel module',
    why: 'It is handed to dracut and to modprobe.',
    todo: 'Give names separated by commas, such as virtio_blk,nvme.',
    exit: 2,
  },
  unknown: {
    what: 'There is no kernel {version} in the pool',
    why: 'A kernel is added with its modules before it can be used.',
    todo: '{near}See what there is: slipway kernel ls. Add one: slipway kernel add {version}.',
    exit: 2,
  },
  broken: {
    what: 'The kernel {version} of the pool cannot be used: {reason}',
    why: 'Slipway puts whole kernels in the pool: something else wrote there.',
    todo: 'Remove it (slipway kernel rm {version}) and add it again.',
  },
  different: {
    what: 'The pool has another kernel {version} already',
    why: 'Kernel or modules differ from those that were to be added. Modules of one build do not belong to a kernel of another.',
    todo: 'Remove the one that is there, then add this one: slipway kernel rm {version}.',
  },
  'in-use': {
    what: 'The kernel {version} is in use by {images}',
    why: 'These images have their own copy and boot without the pool. But it could not be given to other images any more.',
    todo: 'To remove it all the same: slipway kernel rm {version} --force.',
  },
  'not-found': {
    what: 'There is no {what}',
    why: 'A kernel comes from this host (VERSION), from a file (vmlinuz with its modules), from packages (.deb, .rpm), or from an image (--from).',
    todo: '{todo}',
    exit: 2,
  },
  'nothing-to-add': {
    what: 'There is no kernel in {path} that is still to be added',
    why: 'Without arguments slipway kernel add takes the vmlinuz-VERSION files that were copied there.',
    todo: 'Name what to add: slipway kernel add "$(uname -r)", a file, packages, or --from IMAGE.',
    exit: 2,
  },
  'not-a-kernel': {
    what: '{file} is not a kernel that nodes could boot',
    why: '{reason}',
    todo: 'Give the file that the distribution installs as /boot/vmlinuz-VERSION.',
  },
  'no-version': {
    what: 'The version of the kernel {file} is not known',
    why: 'Only x86 kernels have it in their header; it is not in the name of the file either.',
    todo: 'Give it: slipway kernel add {file} --version VERSION.',
    exit: 2,
  },
  'other-version': {
    what: '{file} is a kernel {found}, not {wanted}',
    why: 'The kernel says so in its header. Its modules would not be found under another version.',
    todo: 'Leave --version away, and name the modules of {found}.',
    exit: 2,
  },
  'no-modules': {
    what: 'There are no modules for the kernel {version}',
    why: 'Without them a node finds neither its network card nor its root. Looked in: {places}.',
    todo: 'Name their directory: slipway kernel add {file} --modules DIR.',
    exit: 2,
  },
  'bad-modules': {
    what: 'The modules in {path} cannot be used: {reason}',
    why: 'They must be those of the kernel {version}, in plain files.',
    todo: 'Name the directory /lib/modules/{version} of the system that the kernel comes from.',
  },
  'bad-package': {
    what: '{files}: no kernel with its modules in there',
    why: '{reason}',
    todo: 'Name all packages of the kernel at once: on RHEL-like systems kernel-core, kernel-modules-core and kernel-modules.',
    exit: 2,
  },
  'no-kernel': {
    what: '{image} has no kernel',
    why: 'Its recipe has no kernel step.',
    todo: 'Name an image that boots: slipway image ls.',
    exit: 2,
  },
  'cannot-boot': {
    what: '{image} cannot boot with the kernel {version}: {reason}',
    why: 'A node with it would end before its root is there.',
    todo: 'Choose another kernel: slipway kernel ls.',
  },
  'no-place': {
    what: '{image} has no place for kernel modules',
    why: 'In its tree /lib/modules leads to {place}.',
    todo: 'Kernel modules belong into /usr/lib/modules or /lib/modules: correct the image.',
  },
  'host-tools': {
    what: 'This host cannot make an initramfs: it has no {tools}',
    why: 'Without an image the initramfs is made by the dracut of this host.',
    todo: 'Install them (dracut-core, curl, openssl, iproute2), or name an image to make it from: --image IMAGE.',
  },
  'no-space': {
    what: 'No space left for the kernel on the file system of {path}',
    why: 'Nothing was changed.',
    todo: 'Remove kernels (slipway kernel rm) or unused blobs (slipway image gc), or give the directory more space.',
  },
});
