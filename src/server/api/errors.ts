import { defineErrors } from '../../system/errors.ts';

/** The errors of the API as such. */
export const fail = defineErrors('api', {
  'no-route': {
    what: 'There is no {method} {path}',
    why: 'The API has what GET /api/v1/openapi.json describes.',
    todo: 'Check method and path.',
    exit: 2,
  },
  'bad-request': {
    what: 'The request cannot be understood: {reason}',
    why: 'Bodies are JSON objects, sent as application/json, of a limited size and depth.',
    todo: 'Correct the request; GET /api/v1/openapi.json describes each.',
    exit: 2,
  },
  'stale-page': {
    what: 'The list has no item {after} any more',
    why: 'It was changed since the page before was read.',
    todo: 'Read the list from its beginning.',
  },
  'too-many-listeners': {
    what: '{count} listeners are connected already',
    why: 'Each holds a connection; the number is limited.',
    todo: 'Close some, or try again later.',
  },
  internal: {
    what: 'The server could not do it',
    why: 'This is a defect of Slipway, or something on the server is broken.',
    todo: 'Look into the log of the server for {reference}.',
  },
});
