import { defineErrors } from '../system/errors.ts';

/** The errors of operations as such. */
export const fail = defineErrors('operation', {
  'bad-input': {
    what: '{operation}: {path}: {message}',
    why: 'What is asked for is checked before anything is done.',
    todo: 'See docs/reference/api.md, or GET /api/v1/openapi.json, for what {operation} takes.',
    exit: 2,
  },
  'server-only': {
    what: '{operation} works in a running server only',
    why: 'It asks for something that the server does in the background.',
    todo: 'Start slipway serve, and use --server.',
    exit: 2,
  },
});
