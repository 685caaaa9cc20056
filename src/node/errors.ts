import { defineErrors } from '../system/errors.ts';

/** The errors of the registry of nodes. */
export const fail = defineErrors('node', {
  unknown: {
    what: 'There is no node {names}',
    why: 'Only nodes in the registry can be changed, shown or booted.',
    todo: '{near}See what there is: slipway node ls. Add one: slipway node add NODE --mac MAC.',
    exit: 2,
  },
  exists: {
    what: 'There is a node {names} already',
    why: 'Names of nodes are unique; nothing was added.',
    todo: 'Change it by slipway node set, or remove it first.',
    exit: 2,
  },
  empty: {
    what: 'No node is named',
    why: 'The node set is empty: nothing is written, its groups have no nodes, or ! and & leave none.',
    todo: 'Name nodes: node[01-10],login1 or @rack1. slipway nodeset expand shows what is meant.',
    exit: 2,
  },
  'bad-mac': {
    what: '{mac} is not a MAC address',
    why: '{reason}',
    todo: 'Write it like 52:54:00:12:34:56.',
    exit: 2,
  },
  'mac-taken': {
    what: 'MAC address {mac} belongs to node {node}: {other} cannot have it too',
    why: 'A machine is known by its MAC address: it can be one node only.',
    todo: 'Check the address, or take it from {node} first: slipway node set {node} --mac OTHER.',
    exit: 2,
  },
  'bad-address': {
    what: '{address} is not the IPv4 address of one machine',
    why: 'It is reserved for the node in full DHCP.',
    todo: 'Write it like 192.0.2.17.',
    exit: 2,
  },
  'address-taken': {
    what: 'Address {address} belongs to node {node}: {other} cannot have it too',
    why: 'Two nodes cannot have one address.',
    todo: 'Choose another address, or take it from {node} first.',
    exit: 2,
  },
  'one-only': {
    what: '{value} can be given to one node only, not to {count}: a {what} must be unique',
    why: 'For several nodes a pattern is needed that has as many elements as there are nodes.',
    todo: 'Write a pattern such as 52:54:00:00:00:[01-0a] or 10.0.1.[1-10], or repeat the command for each node.',
    exit: 2,
  },
  pattern: {
    what: 'The pattern {pattern} does not fit: {problem}',
    why: 'Each node of a node set gets one element of a pattern, the first the first; hexadecimal in MAC addresses.',
    todo: 'Write as many elements as nodes: 52:54:00:00:00:[01-0a] has ten. slipway nodeset count counts the nodes.',
    exit: 2,
  },
  'preset-exists': {
    what: 'There is a {kind} {name} already',
    why: 'Names of groups and of profiles are unique; nothing was added.',
    todo: 'Change it by slipway {kind} set, or remove it first.',
    exit: 2,
  },
  'no-preset': {
    what: 'There is no {kind} {name}',
    why: 'Only what is in the registry can be changed, shown or removed.',
    todo: '{near}See what there is: slipway {kind} ls. Add one: slipway {kind} add {name}.',
    exit: 2,
  },
  'unknown-preset': {
    what: 'There is no {kind} {name}, which {user} names',
    why: 'Groups and profiles must be there before something can belong to them; nothing was changed.',
    todo: '{near}Make it first: slipway {kind} add {name}. See what there is: slipway {kind} ls.',
    exit: 2,
  },
  'preset-in-use': {
    what: 'The {kind} {name} cannot be removed: it is used by {user}',
    why: 'Its users would silently boot something else.',
    todo: 'Take it from all that use it first; slipway node ls -n @{kind}:{name} lists the nodes.',
    exit: 2,
  },
  changed: {
    what: '{kind} {name} has been changed by somebody else',
    why: 'What you read of it does not hold any more; nothing was written.',
    todo: 'Read it again, and repeat your change on what it says now.',
  },
  'bad-document': {
    what: '{kind} {name}: {path}: {message}',
    why: 'What is said of nodes, groups and profiles is checked before it is kept.',
    todo: 'See the form in docs/reference/cluster.md.',
    exit: 2,
  },
  'no-change': {
    what: 'There is no change{id} in the history',
    why: 'The last 10,000 changes are remembered.',
    todo: 'See what there is: slipway history.',
    exit: 2,
  },
  'changed-since': {
    what: 'Change {id} cannot be taken back: {names} changed since',
    why: 'By {by}. Taking back the older change would overwrite the newer one.',
    todo: 'Take back the newer one first (slipway undo {last}), or set what you want; slipway history show {last} tells what it did.',
    exit: 2,
  },
  'no-image': {
    what: 'No image is named for {node}',
    why: 'A mode says how an image is put in front of a node; without an image there is nothing to boot.',
    todo: 'Give one: slipway boot set -n {node} -i IMAGE.',
    exit: 2,
  },
  architecture: {
    what: '{image} is for {image_architecture}, {node} is {architecture}',
    why: 'The node could not run its kernel.',
    todo: 'Choose an image for {architecture}, or correct the node: slipway node set {node} --arch {image_architecture}.',
    exit: 2,
  },
});
