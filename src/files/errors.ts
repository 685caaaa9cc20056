import { defineErrors } from '../system/errors.ts';

/** The errors of node files. Those of templates have the place in the template, by whoever gives the file. */
export const fail = defineErrors('file', {
  variable: {
    what: 'The template of {path} uses {name}, which {who}',
    why: 'An empty value in its place would go unnoticed; no file of the node was made.',
    todo: 'Give it a value, or say with the filter default what to write without one. {hint}',
  },
  template: {
    what: 'The template of {path} cannot be used{node}: {message}',
    why: 'Templates are Liquid, without includes, dates and random values; no file of the node was made.',
    todo: 'Mend the template. To write braces as they are, put them between the tags raw and endraw.',
  },
  limit: {
    what: 'The template of {path} is too much work{node}: {message}',
    why: 'Templates may take 2 s, 64 MiB of memory and 16 MiB of text.',
    todo: 'Make the template smaller: the builtin hosts, for example, makes /etc/hosts without one.',
  },
  'no-builtin': {
    what: '{path} is to be the builtin {builtin}, which there is not',
    why: 'Known: {known}.',
    todo: 'Choose one of these, or give the content.',
    exit: 2,
  },
  'no-secret': {
    what: '{path} of {node} is to be the secret {secret}, which there is not',
    why: 'A node without its secret would come up broken, so it does not boot.',
    todo: 'Set it: slipway secret set {secret}; or make a random one: slipway secret generate {secret}.',
  },
  'no-content': {
    what: 'The content {digest} of {path} is not in the registry',
    why: 'The registry was damaged, or restored from a backup that lacks it.',
    todo: 'Give the file again: slipway file set {path} --from FILE.',
  },
  conflict: {
    what: '{path} of {node} cannot be: {other} is {what}',
    why: 'A path is a file or a directory, not both.',
    todo: 'Take one of the two away, or give the other one another path.',
  },
  large: {
    what: '{path} has {size} bytes; {limit} is the most',
    why: 'Node files travel in the node initrd, and lie in the memory of server and node.',
    todo: 'Put large files into the image.',
    exit: 2,
  },
  'not-set': {
    what: '{owner} says nothing of {path}',
    why: 'Only what it says itself can be taken away from it.',
    todo: 'See where the file comes from: slipway node files NODE.',
    exit: 2,
  },
  'link-loop': {
    what: 'Too many symbolic links in {path}',
    why: 'A link of the image, or of the node’s own files, leads to itself.',
    todo: 'Remove it in the step that makes it, or by slipway file absent.',
  },
  'not-a-file': {
    what: 'No node file {path} for {node}',
    why: 'Neither it, nor its groups and profiles, nor Slipway itself give the node one there.',
    todo: '{near}See what there is: slipway node files {node}. What the image has: slipway node explain {node} {path}.',
    exit: 2,
  },
  'secret-hidden': {
    what: '{path} of {node} is a secret',
    why: 'It is not shown without need.',
    todo: 'If you do need it: add --show-secrets, as root.',
    exit: 2,
  },
  'unknown-secret': {
    what: 'There is no secret {name}',
    why: 'Only what was set or generated can be used or removed.',
    todo: '{near}See what there is: slipway secret ls. Make it: slipway secret set {name}.',
    exit: 2,
  },
  'secret-exists': {
    what: 'There is a secret {name} already',
    why: 'Generating it anew would leave nodes that run with another one than those that boot.',
    todo: 'To replace it all the same: slipway secret rm {name} first, or secret set.',
    exit: 2,
  },
  'secret-in-use': {
    what: 'The secret {name} cannot be removed: {user} names it',
    why: 'Nodes that need it could not boot.',
    todo: 'Take the file away first: slipway file rm.',
    exit: 2,
  },
  'bad-secret': {
    what: 'This cannot be the secret {name}: {message}',
    why: 'A secret is 1 byte to 1 MiB.',
    todo: 'Give it on standard input: slipway secret set {name} < FILE.',
    exit: 2,
  },
  'locked-secret': {
    what: 'The secret {name} cannot be read',
    why: 'Secrets are encrypted by the secret of the site (keys/site.secret); this one was by another.',
    todo: 'Bring the right keys back from a backup, or set the secret again.',
  },
});
