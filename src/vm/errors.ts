/** Errors of the room `vm`. */
import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('vm', {
  'no-qemu': {
    what: 'QEMU for {architecture} is not installed',
    why: 'A boot test runs the image in a virtual machine; none of these programs was found: {tried}.',
    todo: 'Run: slipway doctor. It prints the command that installs what is missing.',
  },
  'no-firmware': {
    what: 'UEFI firmware for virtual machines is not installed',
    why: 'None of these files was found: {tried}.',
    todo: 'Install the package ovmf (Debian, Ubuntu), edk2-ovmf (RHEL-like) or qemu-ovmf-x86_64 (SUSE), or test with --firmware bios.',
  },
  'no-tap': {
    what: 'The device /dev/net/tun cannot be opened',
    why: 'The virtual machine is connected to a network of its own through it.',
    todo: 'Load the kernel module tun (modprobe tun); in a container pass the device in (--device /dev/net/tun).',
  },
  mode: {
    what: 'Mode {mode} boots nothing',
    why: 'A node is told to boot from its disk in this mode, and a virtual machine of a boot test has none.',
    todo: 'Test the image in another mode, such as ram.',
    exit: 2,
  },
  architecture: {
    what: 'Boot tests of {architecture} images are not possible',
    why: 'The virtual machines that tests use are x86-64 with BIOS or UEFI.',
    todo: 'Test this image on a real node.',
  },
  memory: {
    what: '{value} is not an amount of memory',
    why: 'The virtual machine needs a number of MiB or GiB, at least 64M.',
    todo: 'Write it as 768M or 2G.',
    exit: 2,
  },
  server: {
    what: 'The test server did not start',
    why: 'The boot server that the test runs in its own network ended, or did not answer within {seconds} s.',
    todo: 'Read its last output below; the whole log is {log}.',
  },
});
