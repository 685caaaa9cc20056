import { defineErrors } from '../system/errors.ts';

/** The errors of node sets. */
export const fail = defineErrors('nodeset', {
  operand: {
    what: 'There is no node {side} {operator}',
    why: 'Each of , ! & ^ stands between two operands: names, node[1-9], @group.',
    todo: 'Write what is missing, or remove the {operator}.',
    exit: 2,
  },
  bracket: {
    what: '{problem}',
    why: 'Numbers stand in pairs of brackets with something between one pair and the next: r[1-3]n[01-10,15].',
    todo: '{todo}',
    exit: 2,
  },
  range: {
    what: '{range} is not a range: {problem}',
    why: 'In brackets stand numbers and ranges from low to high, separated by commas, a range with a step where that is wanted: 1-3,7,10-20/2. Numbers with leading zeros have the same length on both sides: 08-12.',
    todo: '{todo}',
    exit: 2,
  },
  'leading-digits': {
    what: '{text} could mean two things: the digits before the bracket are part of the number',
    why: 'Ends of different length are read differently: n1[8-10] is n18, n19, n110 to some tools and n18 to n110 to others.',
    todo: 'Give both ends the same length, or write the whole number in the bracket: n[18-19,110] or n[18-110].',
    exit: 2,
  },
  group: {
    what: '{group} is not a group',
    why: 'Groups are @NAME or @SOURCE:NAME; @* are all nodes.',
    todo: '{todo}',
    exit: 2,
  },
  'unknown-source': {
    what: '{group}: there is no group source {source}',
    why: 'Before the colon stands where the group is from: {known}.',
    todo: '{near}A group of your own needs none: @rack1.',
    exit: 2,
  },
  'unknown-group': {
    what: 'There is no {source} {name}',
    why: 'A node set can name groups only that the registry knows.',
    todo: '{near}Name the nodes themselves, such as node[01-10].',
    exit: 2,
  },
  'not-here': {
    what: '{operand} cannot stand here',
    why: 'Groups, @* and names with * or ? mean nodes that exist; here names themselves are wanted.',
    todo: 'Write the names: node[01-10].',
    exit: 2,
  },
  'too-long': {
    what: 'The node set is too long: {length} characters, at most {most}',
    why: 'An expression of this length was hardly written by a person, and takes long to work out.',
    todo: 'Use ranges, such as node[001-900] (slipway nodeset fold makes them), or a group.',
    exit: 2,
  },
  'too-many': {
    what: 'The node set has too many {what}: {count}, at most {most}',
    why: 'All that is written counts, also what ! or & take away again.',
    todo: 'Check the ranges for a digit too many, or divide the node set.',
    exit: 2,
  },
});
