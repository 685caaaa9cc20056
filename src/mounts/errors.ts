import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('mount', {
  mounted: {
    what: '{image} is mounted at {path}',
    why: '{who} changes it there since {since}.',
    todo: 'Unmount it first: slipway image umount {image} keeps the changes as a new generation, with --discard it drops them.',
  },
  broken: {
    what: '{image} is broken',
    why: 'A part of it is missing or damaged: no generation that can boot could be made of it.',
    todo: 'See what it is: slipway image verify {image}. Then build or import it again.',
  },
  'not-mounted': {
    what: '{image} is not mounted',
    why: 'Nothing below {directory} belongs to it.',
    todo: '{near}Mount it: slipway image mount {image}. See what is mounted: slipway image ls.',
  },
  'other-generation': {
    what: '{image} is mounted already, but its generation {mounted} and not {asked}',
    why: 'One generation of an image is changed at a time, at {path}.',
    todo: 'Unmount it first: slipway image umount {image}, or with --discard.',
  },
  'no-mount-point': {
    what: '{path} of {image} is no directory',
    why: 'What a chroot needs there cannot be mounted.',
    todo: 'Mend the image by its recipe; its content would lead programs astray.',
  },
  refused: {
    what: '{image} could not be mounted at {path}',
    why: 'The kernel said no; it needs root, overlayfs, squashfs and loop devices, and a local file system such as ext4 or xfs below {path}.',
    todo: 'See what this host can do: slipway doctor. Another place can be named by mounts: in config.yml.',
  },
  'unsafe-directory': {
    what: 'Images cannot be mounted below {path}',
    why: '{reason}, so that other users could put something in the way of what root does there.',
    todo: 'Name a directory that only root can change by mounts: in config.yml, or correct owner and mode.',
  },
  busy: {
    what: '{image} is in use by {count}',
    why: 'What they still write would be lost: {list}.',
    todo: 'End them, or let --force do it: it asks them to end and after ten seconds kills them.',
  },
  held: {
    what: '{image} is in use, though by no process',
    why: 'The kernel holds something in {path}: a loop device of a file in it, an NFS export, a swap file.',
    todo: 'Take that away (losetup --list, exportfs, swapon --show) and run the command again.',
  },
  'own-shell': {
    what: 'The shell that you work in stands in {path}',
    why: 'A directory in which a process stands cannot be unmounted: process {pid} ({command}).',
    todo: 'Go elsewhere (cd /) and run the command again.',
  },
  foreign: {
    what: 'Something that Slipway did not mount is mounted at {path}',
    why: 'It may hold more than this image.',
    todo: 'Unmount it (umount {path}) and run the command again.',
  },
  'no-kernel': {
    what: '{image} would not boot any more: its kernel {version} has no modules now',
    why: 'They were removed while the image was mounted, and no other kernel with its modules is in the tree.',
    todo: 'Install a kernel after slipway image mount {image}, or drop the changes with slipway image umount {image} --discard. Nothing is lost so far.',
  },
  'no-shell': {
    what: '{image} has no shell',
    why: 'There is neither /bin/bash nor /bin/sh in it.',
    todo: 'Name a program that it has: slipway image shell {image} -- PROGRAM.',
    exit: 2,
  },
  'no-space': {
    what: 'No space left on the disk of {path}',
    why: '{image} cannot be mounted there; what it had of changes is kept.',
    todo: 'Free space (slipway image gc), or name another directory by mounts: in config.yml.',
  },
  'disk-full': {
    what: 'No space left on the disk of {path}',
    why: 'Nothing is lost: the changes of {image} are kept, and no new generation was made.',
    todo: 'Free space (slipway image gc), then run slipway image umount {image} again; or look at it: slipway image mount {image}.',
  },
});
