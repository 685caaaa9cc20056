import { defineErrors } from '../../system/errors.ts';

/** The errors of --server. */
export const fail = defineErrors('remote', {
  'local-only': {
    what: '{command} works on the server itself only',
    why: 'It needs files, devices or terminals of that host.',
    todo: 'Log in there and run it without --server.',
    exit: 2,
  },
  'bad-server': {
    what: '{server} is not the address of a server',
    why: 'A server is named by https://HOST:PORT, http://127.0.0.1:PORT or unix:/run/slipway/api.sock.',
    todo: 'Correct --server or SLIPWAY_SERVER.',
    exit: 2,
  },
  'plain-http': {
    what: '{server} is plain HTTP to another host',
    why: 'Everybody on the wire could read the token, and act with it: it was not sent.',
    todo: 'Use https://; or, on a wire that you trust, set SLIPWAY_INSECURE=1.',
    exit: 2,
  },
  'no-token': {
    what: 'There is no token for {server}',
    why: 'The API answers only whom it knows.',
    todo: 'Make one on the server: slipway token add NAME --scope operator. Put it into {file} (chmod 600), or into SLIPWAY_TOKEN.',
    exit: 2,
  },
  'token-file': {
    what: 'The token in {file} can be read by others',
    why: 'Its mode is {mode}: a token that others can read is not yours alone.',
    todo: 'chmod 600 {file}; if others use this machine, remove that token on the server and make a new one.',
    exit: 2,
  },
  untrusted: {
    what: 'The certificate of {server} is signed by nobody who is trusted here: {reason}',
    why: 'Somebody on the way could pretend to be the server; the token was not sent. Its fingerprint is {fingerprint}',
    todo: 'Compare with what slipway serve printed on the server; if it is the same: --fingerprint {fingerprint}. Or give its certificate: --cacert FILE.',
    exit: 2,
  },
  'wrong-fingerprint': {
    what: 'The certificate of {server} has another fingerprint: {found}',
    why: 'Either the server got a new certificate, or somebody on the way pretends to be it; the token was not sent.',
    todo: 'See what slipway serve prints on the server. If it says the same, give that one.',
    exit: 2,
  },
  'bad-fingerprint': {
    what: '{text} is not a fingerprint',
    why: 'It is the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons.',
    todo: 'Copy it from what slipway serve printed.',
    exit: 2,
  },
  unreachable: {
    what: '{server} does not answer: {reason}',
    why: 'No server listens there, or a firewall is in between.',
    todo: 'Check the address, and on the server: systemctl status slipway.',
  },
  protocol: {
    what: '{server} did not answer as a Slipway server does: {reason}',
    why: 'Another program listens there, or the server is of a version that does not fit.',
    todo: 'Check the address; compare slipway version here and there.',
  },
});
