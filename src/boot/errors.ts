import { defineErrors } from '../system/errors.ts';

/** The errors of the boot room. */
export const fail = defineErrors('boot', {
  'bad-argument': {
    what: 'Kernel argument {argument} cannot be used: {reason}',
    why: 'It is written into a boot script and onto the kernel command line; whatever these cannot carry unchanged is refused.',
    todo: 'Give one argument each, such as console=ttyS0,115200n8, without blanks and quotes.',
    exit: 2,
  },
  'reserved-argument': {
    what: 'Kernel argument {argument} is set by Slipway itself',
    why: 'A second value would make the node boot something else than what was assigned to it.',
    todo: 'Leave it out; image and mode say what the root is.',
    exit: 2,
  },
  'long-command-line': {
    what: 'The kernel command line of {node} has {length} bytes; {limit} is the most',
    why: 'The kernel cuts a longer one off without a word.',
    todo: 'Remove kernel arguments from the node or from the image.',
  },
  'bad-key': {
    what: 'The key {file} is damaged: {reason}',
    why: 'Signatures, ssh host keys of nodes and the encryption of secrets hang on it; one that is guessed or new would be no good.',
    todo: 'Bring the directory keys back from a backup. Only if there is none remove the file: a new one is made, nodes get new ssh host keys, and secrets must be set again.',
  },
  'ipxe-word': {
    what: 'iPXE cannot be given the word {word}',
    why: 'Its script language has no way to write it: {reason}.',
    todo: 'Use printable ASCII without blanks, and without a dollar sign before a brace.',
  },
  'no-target': {
    what: 'There is nothing to boot that is called {target}',
    why: 'Nodes boot image, disk, next, or one of targets in the configuration. Known: {known}.',
    todo: 'Choose one of them, or add it to targets in config.yml: a name and the URL of an iPXE script.',
    exit: 2,
  },
  'no-kickstart': {
    what: 'There is no kickstart file for {node}',
    why: '{reason}',
    todo: 'Add kickstart, the path of a file, to the target osdeploy in config.yml.',
  },
  'no-mode': {
    what: 'There is no mode {mode}',
    why: 'A mode is a way to put an image in front of a node. Known: {known}.',
    todo: '{hint}',
    exit: 2,
  },
  unbootable: {
    what: '{image} cannot boot in mode {mode}: {reason}',
    why: 'A node would load it and stop.',
    todo: '{todo}',
  },
  'unknown-session': {
    what: 'There is no boot session {session}',
    why: 'It was never opened here, or is so old that it was deleted.',
    todo: 'Boot the node again.',
  },
  'ended-session': {
    what: 'Boot session {session} has ended',
    why: '{reason}',
    todo: 'Boot the node again: each boot gets a session of its own.',
  },
  'wrong-client': {
    what: 'Boot session {session} belongs to another address',
    why: 'The node initrd, and what is private of a tree, go only to the address that asked for the boot script.',
    todo: 'Boot the node again.',
  },
  'wrong-token': {
    what: 'Wrong token for boot session {session}',
    why: 'Only the node that got the node initrd of this session may report for it.',
    todo: 'Boot the node again.',
  },
  'bad-report': {
    what: 'Not a stage report: {reason}',
    why: 'docs/boot-protocol.md says what a node may report.',
    todo: 'Rebuild the image if its initramfs is of another version.',
  },
  'bad-log': {
    what: 'Not a log of a node: {reason}',
    why: 'docs/boot-protocol.md says what a node may send.',
    todo: 'Rebuild the image if its initramfs is of another version.',
  },
  'not-attested': {
    what: 'Node {node} ({mac}, {client}) was not attested, and gets no node initrd',
    why: 'serve.attest in config.yml names a program that decides which machine may boot: {reason}',
    todo: 'If the machine is the right one, see what the program said, and mend its data; the node asks again by itself.',
  },
  'too-many-reports': {
    what: 'Boot session {session} has too many reports',
    why: 'A boot has a few dozen stages; more is a fault or an attack.',
    todo: 'Boot the node again.',
  },
});
