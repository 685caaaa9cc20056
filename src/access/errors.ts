import { defineErrors } from '../system/errors.ts';

/** The errors of access to the API. */
export const fail = defineErrors('access', {
  'no-token': {
    what: 'A token is needed',
    why: 'The API answers only whom it knows: by a token, or root by the socket on the server.',
    todo: 'Make one on the server: slipway token add NAME --scope reader. Send it as Authorization: Bearer TOKEN.',
  },
  'wrong-token': {
    what: 'The token is not valid',
    why: 'It is mistyped, was removed, or has expired.',
    todo: 'See the tokens on the server: slipway token ls. Make a new one: slipway token add.',
  },
  scope: {
    what: '{operation} needs a token of scope {needed}; this one has {scope}',
    why: 'A token can do no more than what it was made for.',
    todo: 'Use another token: slipway token add NAME --scope {needed}.',
  },
  'plain-http': {
    what: 'Tokens are not taken over plain HTTP',
    why: 'Everybody on the wire could read the token, and act with it. If this one was real, remove it: it has been sent.',
    todo: 'Use HTTPS (serve.tls), the socket on the server, or 127.0.0.1; or set serve.api.insecure: true in config.yml.',
  },
  'too-many': {
    what: 'Too many requests',
    why: '{reason}',
    todo: 'Wait {seconds} seconds.',
  },
  'unknown-token': {
    what: 'There is no token {token}',
    why: 'Tokens are named by the word after slipway_ in them, or by their name where only one has it.',
    todo: 'See what there is: slipway token ls.',
    exit: 2,
  },
  'several-tokens': {
    what: 'Several tokens have the name {name}: {ids}',
    why: 'It is not clear which one is meant.',
    todo: 'Name one by its id.',
    exit: 2,
  },
  'bad-duration': {
    what: '{text} is not a duration',
    why: 'A token lives from a minute to ten years.',
    todo: 'Write it like 30d, 12h or 90m, or never.',
    exit: 2,
  },
  certificate: {
    what: 'The certificate {file} cannot be used: {reason}',
    why: 'HTTPS needs a certificate and its private key as PEM files.',
    todo: 'Correct serve.tls in config.yml, or leave both out: then Slipway makes its own.',
  },
});
