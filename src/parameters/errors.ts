import { defineErrors } from '../system/errors.ts';

/** The errors of parameters, in the words of disklessset where it has some. */
export const fail = defineErrors('parameters', {
  'no-class': {
    what: 'Name or class not specified in the parameters file',
    why: 'A parameters file is a map image_data with at least name and image_class.',
    todo: 'Take one of the templates of docs/guide/from-bluebanquise.md.',
    exit: 2,
  },
  'unknown-class': {
    what: 'Unknown image_class {name}',
    why: 'Known: LivenetImage, NfsStagingImage, DemoImage.',
    todo: '{hint}',
    exit: 2,
  },
  'unknown-key': {
    what: 'Unknown parameter {key}',
    why: 'A {kind} has: {known}.',
    todo: '{hint}',
    exit: 2,
  },
  missing: {
    what: 'The parameter {key} is missing',
    why: 'A {kind} cannot be made without it.',
    todo: 'Add it below image_data.',
    exit: 2,
  },
  form: {
    what: '{key} must be {wanted}',
    why: 'Something else stands there.',
    todo: 'Write it like {example}.',
    exit: 2,
  },
  'secret-line': {
    what: 'Not valid YAML beside the password',
    why: 'It is not shown here. Without quotes, YAML takes some characters for its own.',
    todo: "Put the password in single quotes, and write ' in it twice.",
    exit: 2,
  },
  'empty-name': {
    what: 'Image name cannot be empty',
    why: 'The name stands for the image in the catalog, in paths and in scripts.',
    todo: 'Choose a name such as livenet1.',
    exit: 2,
  },
  name: {
    what: '{name} is not a valid image name',
    why: 'Names become parts of paths, URLs and scripts: they start with a letter or digit, go on with a-z 0-9 . _ - and have at most 63 characters.',
    todo: 'Choose a name such as livenet1.',
    exit: 2,
  },
  exists: {
    what: 'Image {name} already exists, use another image name',
    why: 'A new image begins with a name of its own. A recipe or parameters file may be built again: that makes a new generation.',
    todo: 'Choose another name, or build its parameters file again with slipway build.',
    exit: 2,
  },
  'size-form': {
    what: 'Not a valid size unit format: {size}',
    why: 'A size is a number of MiB, or a number with M (MiB) or G (GiB), or auto for the least that fits.',
    todo: 'Write it like 700, 700M, 1.5G or auto.',
    exit: 2,
  },
  'size-limits': {
    what: 'Size out of limits: {size}',
    why: 'A livenet image has 100 to 50000 MiB.',
    todo: 'Choose a size between 100M and 48.8G, or auto.',
    exit: 2,
  },
  'empty-password': {
    what: 'The password is empty',
    why: 'Everybody could log in as root.',
    todo: 'Give a password, or a crypt(5) hash.',
    exit: 2,
  },
  password: {
    what: 'The password has a character that cannot be typed in at a login',
    why: 'Line ends and other control characters are not part of passwords.',
    todo: 'Choose another one.',
    exit: 2,
  },
  'no-kernel': {
    what: 'No kernel available',
    why: 'The pool has no kernel yet.',
    todo: 'Add one with its modules: slipway kernel add.',
  },
  kernel: {
    what: 'Kernel {kernel} is not in the pool',
    why: 'Available: {known}.',
    todo: '{hint}',
    exit: 2,
  },
  'kernel-form': {
    what: '{kernel} is not a kernel',
    why: 'A kernel is named by its version, with or without vmlinuz- before it.',
    todo: 'Write it like vmlinuz-4.18.0-305.el8.x86_64.',
    exit: 2,
  },
  'no-key': {
    what: 'SSH public key not found: {path}',
    why: 'It is put into the authorized_keys of root: {reason}.',
    todo: 'Name a file such as /root/.ssh/id_ed25519.pub, or leave ssh_pub_key out.',
    exit: 2,
  },
  package: {
    what: 'Package {name} not available',
    why: 'It is neither the name of a package nor a group with @ before it.',
    todo: 'Correct the name.',
    exit: 2,
  },
  release: {
    what: '{release} is not a release version',
    why: 'It becomes $releasever of the repositories.',
    todo: 'Write it like 9 or 9.4.',
    exit: 2,
  },
  'no-release': {
    what: 'It is not clear which release to install',
    why: 'No release_version is given, and this host is none whose release could be taken: {host}.',
    todo: 'Add release_version, such as 9.',
    exit: 2,
  },
});
