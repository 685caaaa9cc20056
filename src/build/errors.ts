import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('build', {
  'unknown-package': {
    what: 'Package {name} does not exist in the archive',
    why: 'None of the configured repositories has a package, or a virtual one, of that name for {architecture}.',
    todo: '{hint}',
  },
  'mirror-unreachable': {
    what: 'The package archive cannot be reached: {uri}',
    why: 'The repository metadata could not be fetched.',
    todo: 'Check the network, the mirror in the recipe, and proxies; --offline builds from what was fetched before.',
  },
  'bad-signature': {
    what: 'The package archive is not signed by a trusted key: {uri}',
    why: 'Its release file has no valid signature from the keyring {keyring}: a wrong keyring, an expired key, or tampering.',
    todo: 'Install or name the right keyring (source.debian.keyring); never build from it otherwise.',
  },
  'no-keyring': {
    what: 'No keyring for the archive of suite {suite}',
    why: 'The packages debian-archive-keyring or ubuntu-keyring are not installed here, and the recipe names none.',
    todo: 'Install the keyring package, or set source.debian.keyring.',
  },
  'offline-missing': {
    what: 'Nothing was fetched yet for this archive, and --offline forbids to',
    why: 'An offline build needs the metadata and packages of an earlier build.',
    todo: 'Build once without --offline.',
  },
  'disk-full': {
    what: 'No space left on the disk of {path}',
    why: 'The build stopped; the catalog is as it was, finished steps are kept.',
    todo: 'Free space (slipway image gc), or move the state directory, then run the build again.',
  },
  'oci-failed': {
    what: 'The container image {image} cannot be read',
    why: 'skopeo could not get it; what it said is below.',
    todo: 'Check the name, the network and the login (authfile); a registry without TLS needs insecure: true.',
  },
  'oci-architecture': {
    what: 'The container image {image} is for {architecture}',
    why: 'Images are made for amd64 and arm64.',
    todo: 'Name an image, or a digest of one, for such a machine.',
  },
  'oci-path': {
    what: 'The path in {image} cannot be given to skopeo',
    why: 'Its last part is empty or has a colon, which skopeo takes for the beginning of a tag.',
    todo: 'Rename it.',
  },
  'host-failed': {
    what: 'The machine {host} cannot be copied',
    why: '{tool} failed there; what it said is below.',
    todo: 'Try: ssh {host} true. It must work without a question, as root, and find and rsync must be there.',
  },
  'archive-digest': {
    what: '{path} does not have the SHA-256 that the recipe names',
    why: 'It has {actual}: another version, or damaged.',
    todo: 'Get the right file, or correct source.archive.sha256.',
  },
  'no-package-manager': {
    what: 'This tree has no package manager that Slipway knows',
    why: 'A packages step needs apt inside the image; there is no /usr/bin/apt-get.',
    todo: 'Start from a source with apt, or install files by a files or run step.',
  },
  'no-tool': {
    what: 'The image has no {tool}',
    why: 'The step {step} uses the image’s own {tool}.',
    todo: 'Install package {package} in an earlier step.',
  },
  'no-kernel': {
    what: 'No kernel found in the tree',
    why: 'There is neither /boot/vmlinuz-VERSION nor /usr/lib/modules/VERSION/vmlinuz with its modules{detail}.',
    todo: 'Name a kernel package in the kernel step, or the version that the tree has.',
  },
  'kernel-cannot-mount': {
    what: 'Kernel {version} cannot mount the layer {title}, a {format}',
    why: 'Its configuration has no {option}, so a node could not bring up its root.',
    todo: '{todo}',
  },
  'several-kernels': {
    what: 'The tree has several kernels: {versions}',
    why: 'An image boots exactly one.',
    todo: 'Choose with version: in the kernel step.',
  },
  'file-type': {
    what: '{path} is not a regular file or directory',
    why: 'Devices, sockets and pipes of the host are never copied into an image.',
    todo: 'Name a file or directory.',
  },
  'in-the-way': {
    what: '{path} is {found} in the image, and {wanted} cannot take its place',
    why: 'A whole directory that goes without a word, or a file that becomes one, is mostly a mistake in the path.',
    todo: 'Correct the path, or put an entry remove: {path} before this one.',
  },
  'not-there': {
    what: '{path} is not in the image',
    why: 'An entry with only mode and owner changes what is there.',
    todo: 'Correct the path, or make the file with content, copy, template or directory.',
  },
  'needs-answer': {
    what: 'The password of {user} must be asked for, and nobody can answer',
    why: 'The recipe says password: prompt, but this is not a terminal.',
    todo: 'Run on a terminal, or put a hash into the recipe (mkpasswd -m yescrypt).',
    exit: 2,
  },
  'empty-tree': {
    what: 'The source {path} holds no root tree',
    why: 'There is no /usr in it.',
    todo: 'Name the top of a root file system; for an archive with a leading directory set strip: 1.',
  },
});
