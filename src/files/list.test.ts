import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FilePathSchema, FileSchema } from '../node/file-schema.ts';
import { fileEntries, fileList } from './list.ts';
import { fingerprint, type RenderedFile } from './rendered.ts';
import { hasRefreshed, refreshContent, refreshList } from './refresh.ts';

const path = fc
  .array(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`)
  .filter((one) => FilePathSchema.safeParse(one).success);
const owner = fc
  .stringMatching(/^[a-z_][a-z0-9_-]{0,10}\$?$/)
  .filter((one) => FileSchema.safeParse({ absent: true, owner: one }).success);
const file: fc.Arbitrary<RenderedFile> = fc.record({
  path,
  kind: fc.constantFrom('file', 'link', 'absent'),
  mode: fc.stringMatching(/^[0-7]{4}$/),
  owner,
  group: owner,
  content: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  target: fc.string({ minLength: 1 }),
  secret: fc.boolean(),
  refresh: fc.boolean(),
  within: fc.option(fc.constantFrom('/etc/ssh', '/etc/with blank'), { nil: undefined }),
  digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
});

it('every file that the registry lets in can be listed, and read back as the node does', () => {
  fc.assert(
    fc.property(fc.array(file, { maxLength: 6 }), (files) => {
      const lines = fileList(files).split('\n').slice(0, -1);
      let within: string | undefined;
      const read = lines.flatMap((line) => {
        const [kind = '', mode, user, group, n] = line.split(' ');
        const rest = line.split(' ').slice(5).join(' ');
        if (kind === 'within') {
          within = rest === '/' ? undefined : rest;
          return [];
        }
        return [{ kind, mode, owner: user, group, n: Number(n), path: rest, within }];
      });
      expect(read).toEqual(
        files.map((one, i) => ({
          kind: one.kind, mode: one.mode, owner: one.owner, group: one.group, n: i + 1, path: one.path, within: one.within,
        })),
      ); // prettier-ignore
      const entries = fileEntries(files);
      expect(entries.every((one) => one.mode === (one.content === undefined ? 0o700 : 0o600))).toBe(true);
    }),
  );
});

it('secrets are never refreshed, whatever they say', () => {
  fc.assert(
    fc.property(fc.array(file, { maxLength: 6 }), (files) => {
      const { text } = refreshList(files);
      for (const one of files.filter((f) => f.secret)) {
        expect(text).not.toContain(one.digest);
        expect(refreshContent(files, one.digest.slice(7))).toBeUndefined();
      }
      expect(hasRefreshed(files)).toBe(files.some((one) => one.refresh && !one.secret));
    }),
  );
});

it('what differs on the node differs in the fingerprint', () => {
  const one: RenderedFile = {
    path: '/x',
    kind: 'file',
    mode: '0644',
    owner: 'root',
    group: 'root',
    secret: false,
    refresh: false,
    digest: 'sha256:1',
  };
  const others = [
    { mode: '0600' },
    { owner: 'a' },
    { group: 'a' },
    { digest: 'sha256:2' },
    { kind: 'absent' as const },
  ];
  expect(new Set([one, ...others.map((change) => ({ ...one, ...change }))].map(fingerprint)).size).toBe(6);
});

it('what cannot be a line is refused, not sent', () => {
  const bad = {
    kind: 'file' as const,
    mode: '0644',
    owner: 'root',
    group: 'a b',
    secret: false,
    refresh: false,
    digest: '',
    path: '/x',
  };
  expect(() => fileList([bad])).toThrow(TypeError);
  expect(() => fileList([{ ...bad, group: 'root', path: '/x\ny' }])).toThrow(TypeError);
});
