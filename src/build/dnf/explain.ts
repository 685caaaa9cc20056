/** What dnf's complaints mean. Its messages are those of dnf 4 and libdnf, in C.UTF-8. */
import { SlipwayError } from '../../system/errors.ts';
import { fail as buildFail } from '../errors.ts';
import { fail } from './errors.ts';
import type { RpmRepository } from './repository.ts';

/** The error for what `dnf` said; unknown ones stay as they are. `state`: where the disk would be full. */
export function explainDnf(
  error: unknown,
  state: string,
  repositories: readonly Pick<RpmRepository, 'id' | 'baseurl'>[],
): unknown {
  if (!(error instanceof SlipwayError) || error.code !== 'process/failed') return error;
  const output = error.output ?? '';
  const context = { output, cause: error };
  const first = (pattern: RegExp) => pattern.exec(output)?.[1];
  const id =
    first(/for repo(?:sitory)? '([^']+)'/) ??
    first(/keys listed for the "([^"]+)" repository/) ??
    first(/GPG Keys are configured as: .*\/keys\/([^/\s,]+?)-\d+\.key/) ??
    first(/from repository "([^"]+)"/) ??
    repositories.find(({ baseurl }) => baseurl.some((url) => output.includes(url)))?.id;

  if (
    /needs \S+ more space on the|At least \S+ more space needed|Curl error \(23\)|No space left on device|ENOSPC/i.test(
      output,
    )
  )
    return buildFail('disk-full', { path: state }, context);
  if (/Cache-only enabled but no cache|due to "--cacheonly"/i.test(output))
    return fail('not-fetched', {}, context);
  const module = first(/missing groups or modules: (.+)/) ?? first(/Unable to resolve argument (\S+)/);
  if (module) return fail('unknown-module', { name: module.trim() }, context);

  const badPackage =
    first(/^(?:Error: )?(?:Package|Public key for) (\S+\.rpm)/m) ?? first(/package (\S+) does not verify/);
  const trust =
    /repomd\.xml GPG signature verification error|Bad GPG signature|repomd\.xml\.asc/i.test(output)
      ? 'its metadata has no valid signature'
      : /is not signed/i.test(output)
        ? `${badPackage ?? 'a package'} is not signed`
        : /GPG check FAILED|Public key for|not correct for this package|: NOKEY$|BAD signature|key didn't help|does not verify/im.test(output)
          ? `${badPackage ?? 'a package'} is not signed with its key`
          : undefined; // prettier-ignore
  if (trust) return fail('untrusted', { id: id ?? 'unknown', what: trust }, context);
  if (/checksum doesn't match|Checksum error|doesn't match the expected|checksum mismatch|Package .* is corrupted/i.test(output))
    return fail('damaged', { id: id ?? 'unknown' }, context); // prettier-ignore
  if (/Failed to download metadata|Curl error|Cannot download|Status code: \d|No more mirrors|Error downloading packages/i.test(output)) {
    const reason = first(/((?:Curl error \(\d+\)|Status code: \d+)[^\n]*)/) ?? 'see its output below';
    return fail('unreachable', { id: id ?? 'unknown', reason }, context);
  } // prettier-ignore
  const problem = problemOf(output) ?? first(/^Error: Transaction test error:\s+([^\n]+)/m);
  if (problem) return fail('conflict', { problem }, context);
  const script = first(/^Error in (?:\w+) scriptlet in rpm package (\S+)/m) ?? first(/^\s*(?:Error unpacking rpm package|error: unpacking of archive failed) (\S+)/m); // prettier-ignore
  if (script) return fail('script', { package: script }, context);
  return error;
}

/** The first problem that the solver names, with its reasons: lines that begin with a hyphen. */
function problemOf(output: string): string | undefined {
  const [, first, reasons = ''] = /Problem(?: \d+)?: ([^\n]+)((?:\n\s+- [^\n]+)*)/.exec(output) ?? [];
  return (
    first && [first, ...[...reasons.matchAll(/- (.+)/g)].slice(0, 4).map(([, reason]) => reason)].join('; ')
  );
}

/** Names of packages and groups that dnf did not find, from its output. */
export function unknownNames(output: string): string[] {
  const names = [
    ...output.matchAll(/^No match for argument: (\S+)$/gm),
    ...output.matchAll(/^All matches were filtered out by \w+ filtering for argument: (\S+)$/gm),
    ...output.matchAll(/^Module or Group '([^']+)' is not available\.$/gm),
  ].map(([line, name = '']) => (line.startsWith('Module') ? `@${name}` : name));
  return [...new Set(names)];
}
