import { defineErrors } from '../system/errors.ts';

/** The errors of recipes. Those of form are `yaml/…`. */
export const fail = defineErrors('recipe', {
  'missing-file': {
    what: '{path} does not exist',
    why: 'It was looked for as {absolute}: relative paths begin at the directory of the file that names them, that of the recipe itself at the current one.',
    todo: '{hint}',
    exit: 2,
  },
  'not-readable': {
    what: '{path} cannot be read: {reason}',
    why: 'The recipe needs it.',
    todo: 'Check its rights and those of the directories above it.',
    exit: 2,
  },
  'wrong-type': {
    what: '{path} is {found}, not {wanted}',
    why: 'Devices, sockets and pipes are never read; elsewhere the key decides between file and directory.',
    todo: 'Name {wanted}.',
    exit: 2,
  },
  'not-text': {
    what: '{path} is not UTF-8 text',
    why: 'Recipes, fragments, templates and key files are text.',
    todo: 'Save the file as UTF-8, or copy it with copy: if it is data.',
    exit: 2,
  },
  'too-large': {
    what: '{path} has more than {limit} bytes',
    why: 'Recipes, fragments, templates and key files are read whole; something this large is a mistake or an attack.',
    todo: 'Put large data into a file of its own and copy it with copy:.',
    exit: 2,
  },
  'too-much': {
    what: 'The recipe draws in more than {limit}',
    why: 'Fragments and parents that name each other many times grow beyond all bounds.',
    todo: 'Name each fragment once, at one place.',
    exit: 2,
  },
  cycle: {
    what: '{key} goes round in a circle: {chain}',
    why: 'A file that needs itself can never be complete.',
    todo: 'Take one of these references out.',
    exit: 2,
  },
  'two-roots': {
    what: 'The recipe has both from and source',
    why: 'from stands on the layers of another image, source begins a tree: an image has one of them.',
    todo: 'Remove one of the two.',
    exit: 2,
  },
  'no-root': {
    what: 'The recipe has neither from nor source',
    why: 'An image begins with a source (debian, archive, directory) or stands on another image.',
    todo: 'Add source: or from:. A fragment for include: has neither, but cannot be built alone.',
    exit: 2,
  },
  'bad-from': {
    what: 'from: {reason}',
    why: 'It is an image (NAME, NAME:TAG, NAME:NUMBER), or the path of a recipe: with a / in it, or ending in .yml or .yaml.',
    todo: 'Write it like debian-minimal:latest or ./debian-minimal.yml.',
    exit: 2,
  },
  'same-name': {
    what: 'The recipe and the one that it stands on ({file}) are both named {name}',
    why: 'Each build of one would become the latest generation of the other.',
    todo: 'Give one of them another name.',
    exit: 2,
  },
  'bad-name': {
    what: '{name} cannot be the name of an image',
    why: 'It would look like a digest.',
    todo: 'Choose another name.',
    exit: 2,
  },
  'same-input': {
    what: 'Two inputs are named {name}',
    why: 'The script finds its inputs by their last name under /run/slipway/inputs.',
    todo: 'Rename one of them, or put both into one directory and name that.',
    exit: 2,
  },
  'private-key': {
    what: '{path} is a private key',
    why: 'ssh_keys are the public halves; a private key never goes into an image.',
    todo: 'Name the .pub file beside it.',
    exit: 2,
  },
  'not-a-key': {
    what: '{path} has no public key in line {line}',
    why: 'Each line is a public key as in authorized_keys, empty, or a comment with #.',
    todo: 'Name a file such as id_ed25519.pub, or write the key itself.',
    exit: 2,
  },
  'bad-epoch': {
    what: 'SOURCE_DATE_EPOCH={value} is not a number of seconds since 1970',
    why: 'It becomes the date of every newer file in the image.',
    todo: 'Set it to a number such as 1767225600, unset it, or write date: into the recipe.',
    exit: 2,
  },
  'set-form': {
    what: '{text} is not of the form --set key=value',
    why: 'The key is a path into the recipe with dots, such as source.debian.suite; the value is YAML.',
    todo: 'Write it like --set source.debian.suite=trixie or --set steps.0.packages.install.0=htop.',
    exit: 2,
  },
  'set-path': {
    what: '{path}: {reason}',
    why: 'The path must lead to a value of the recipe, or to one that can be added to a map, or at the end of a list.',
    todo: '{hint}',
    exit: 2,
  },
});
