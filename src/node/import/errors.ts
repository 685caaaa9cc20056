import { defineErrors } from '../../system/errors.ts';

/** The errors of importing what other programs know of nodes. */
export const fail = defineErrors('import', {
  unreadable: {
    what: '{file} cannot be read: {reason}',
    why: 'Nodes are imported from a file that another program has written.',
    todo: 'Correct the path; - stands for standard input.',
    exit: 2,
  },
  'not-text': {
    what: '{file} is no text in UTF-8: {reason}',
    why: 'All formats that can be imported are text.',
    todo: 'Check that it is the right file; save it as UTF-8.',
    exit: 2,
  },
  format: {
    what: 'It is not clear what {file} is',
    why: 'It looks like none of the formats that can be imported: {known}.',
    todo: 'Say which it is: --format FORMAT.',
    exit: 2,
  },
  syntax: {
    what: 'Not valid in the format {format}: {problem}',
    why: 'What follows could be misunderstood; nothing was imported.',
    todo: 'Mend the line, or name another format: --format FORMAT.',
    exit: 2,
  },
  value: {
    what: '{name}: {field}: {problem}',
    why: 'What identifies a node or makes its network must be right; nothing was imported.',
    todo: 'Correct it in the source.',
    exit: 2,
  },
  name: {
    what: '{name} cannot be the name of a {kind}: {problem}',
    why: 'Names become parts of paths, URLs and scripts: they start with a letter or digit, go on with a-z 0-9 . _ - and have at most 63 characters.',
    todo: 'Give it another name in the source.',
    exit: 2,
  },
  twice: {
    what: '{what} is there twice: for {second}, and for {first} at {place}',
    why: 'It must be unique, and which one is meant cannot be guessed; nothing was imported.',
    todo: 'Correct one of the two in the source.',
    exit: 2,
  },
  taken: {
    what: '{what} of {name} belongs to node {owner} in the registry',
    why: 'It must be unique; nothing was imported.',
    todo: 'Correct the source, or change {owner} first: slipway node set {owner}.',
    exit: 2,
  },
  exists: {
    what: 'Already in the registry: {what}',
    why: 'An import changes nothing that is there unless it is told to.',
    todo: 'With --update what the source says replaces what is there, and the rest stays. See the differences: --update --dry-run.',
    exit: 2,
  },
  nothing: {
    what: 'There is no node in {files}',
    why: 'Nothing in it says of a machine how it is known.',
    todo: 'Check the file and the format that was found: {formats}.',
    exit: 2,
  },
});
