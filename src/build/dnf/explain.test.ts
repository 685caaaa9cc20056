import { expect, test } from 'vitest';
import { SlipwayError } from '../../system/errors.ts';
import { explainDnf, unknownNames } from './explain.ts';

// Words of dnf 4.14, as it said them in tests and on Debian 12.
const CASES: [string, string, RegExp][] = [
  ["Errors during downloading metadata for repository 'base':\n  - Curl error (7): Couldn't connect to server for http://m/repodata/repomd.xml\nError: Failed to download metadata for repo 'base': Cannot download repomd.xml", 'dnf/unreachable', /^Repository base cannot/],
  ['[FAILED] a.rpm: No more mirrors to try\nCurl error (7): x for http://extra/p/a.rpm\nError: Error downloading packages:', 'dnf/unreachable', /^Repository extra cannot/],
  ["Errors during downloading metadata for repository 'base':\n  - Downloading successful, but checksum doesn't match. Calculated: 1\nError: Failed to download metadata for repo 'base': Yum repo downloading error", 'dnf/damaged', /base/],
  ["Error: Failed to download metadata for repo 'base': repomd.xml GPG signature verification error: Bad GPG signature", 'dnf/untrusted', /base: its metadata has no valid/],
  ['Package naked-1-1.x86_64.rpm is not signed\nError: GPG check FAILED', 'dnf/untrusted', /naked-1-1.x86_64.rpm is not signed/],
  ['The GPG keys listed for the "base" repository are already installed but they are not correct for this package.\nPublic key for foreign-1-1.x86_64.rpm is not installed\nError: GPG check FAILED', 'dnf/untrusted', /base: foreign-1-1.x86_64.rpm is not signed with its key/],
  ["Curl error (6): Couldn't resolve host name for http://m/repodata/repomd.xml\nError: Failed to download metadata for repo 'nokey': Cannot download repomd.xml", 'dnf/unreachable', /^Repository nokey cannot/],
  ["Error: Cache-only enabled but no cache for 'base'", 'dnf/not-fetched', /fetched/],
  ['Error: \n Problem: conflicting requests\n  - nothing provides nobody needed by needy-1-1.x86_64\n', 'dnf/conflict', /conflicting requests; nothing provides nobody/],
  ['Error: Transaction test error:\n  installing package big-1-1.noarch needs 20MB more space on the / filesystem', 'build/disk-full', /No space/],
  ['Curl error (23): Failed writing received data\n[Errno 28] No space left on device', 'build/disk-full', /No space/],
  ['Error: Problems in request:\nmissing groups or modules: ring:3', 'dnf/unknown-module', /ring:3/],
  ['Error in PREIN scriptlet in rpm package bad-script\nError: Transaction failed', 'dnf/script', /bad-script/],
]; // prettier-ignore

test.each(CASES)('%s', (output, code, words) => {
  const failed = new SlipwayError('process/failed', { what: 'dnf-3 failed', why: '', todo: '' }, { output });
  const repositories = [{ id: 'other', baseurl: ['http://o/'] }, { id: 'extra', baseurl: ['http://extra/'] }]; // prettier-ignore
  const error = explainDnf(failed, '/state', repositories) as SlipwayError;
  expect(error.code).toBe(code);
  expect(error.message).toMatch(words);
  expect(error.output).toBe(output);
});

test('what is no complaint of dnf stays as it is', () => {
  const other = new Error('x');
  expect(explainDnf(other, '/state', [])).toBe(other);
});

test('every unknown name, once', () => {
  const output =
    "No match for argument: helo\nNo match for argument: helo\nAll matches were filtered out by exclude filtering for argument: gone\nModule or Group 'cor' is not available.\nError: Unable to find a match: helo gone\n";
  expect(unknownNames(output)).toEqual(['helo', 'gone', '@cor']);
});
