import { defineErrors } from '../../system/errors.ts';

/** The errors of cluster files. */
export const fail = defineErrors('cluster', {
  'no-file': {
    what: 'There is no cluster file {path}: {reason}',
    why: 'A file, or a directory with files *.yml, says what is to be in the registry.',
    todo: 'Correct the path; slipway export writes what is in the registry now.',
    exit: 2,
  },
  'too-large': {
    what: '{path} is too large: {size}, at most {limit}',
    why: 'It would take more memory than is reasonable.',
    todo: 'Write nodes as node sets (n[001-100]) with patterns for what differs, or in several files.',
    exit: 2,
  },
  'not-text': {
    what: '{path} is no text in UTF-8',
    why: 'Cluster files are YAML.',
    todo: 'Save it as UTF-8.',
    exit: 2,
  },
  key: {
    what: 'The name {key} must be text',
    why: 'YAML reads it as a number, a boolean or something empty, and what was written is lost.',
    todo: 'Put it in quotes.',
    exit: 2,
  },
  'too-many': {
    what: 'The files name nodes {count} times, at most {limit}',
    why: 'Such a number was hardly meant.',
    todo: 'Check the ranges of the node sets.',
    exit: 2,
  },
  value: {
    what: '{path}: {value}: {message}',
    why: 'What is said of a node is checked for each of the nodes that it is said of.',
    todo: 'Correct it. In patterns, numbers of MAC and IPv6 addresses are hexadecimal.',
    exit: 2,
  },
  member: {
    what: 'Group {group} is to have the {count} of its members that do not exist: {names}',
    why: 'Members must be in the registry or be named below nodes.',
    todo: '{near}Name them below nodes too, if they are to be made.',
    exit: 2,
  },
  source: {
    what: 'The content of {path} cannot be read from {source}: {reason}',
    why: 'A source is a regular file in the directory of the cluster file or below, of at most 16 MiB.',
    todo: 'Put the file beside the cluster file, and write its path from there.',
    exit: 2,
  },
  'changed-meanwhile': {
    what: 'The registry was changed while this was waiting: by {who}, {summary}',
    why: 'The differences that were shown are not the ones that would be written. Nothing was written.',
    todo: 'Look at the new differences and decide again: slipway plan, slipway apply.',
  },
});
