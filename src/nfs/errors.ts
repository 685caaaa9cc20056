import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('nfs', {
  'no-tree': {
    what: 'Node {node} has no tree of {image}',
    why: 'In mode nfs each node has a root of its own on the server.',
    todo: 'Make one: slipway nfs add -n {node} -i {image}.',
  },
});
