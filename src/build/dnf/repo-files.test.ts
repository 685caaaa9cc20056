import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { iniSection, isTrue, parseIni, words } from './ini.ts';
import { readMain, readModules, readRepositories, readVariables, type Files } from './repo-files.ts';
import {
  expand,
  expanded,
  hasSecrets,
  repoSection,
  withOpenUrls,
  withoutSecrets,
  type RpmRepository,
} from './repository.ts';
import { disabled } from './write-tree.ts';

function files(tree: Record<string, string>): Files {
  return {
    list: async (directory) =>
      await Promise.resolve(
        Object.keys(tree).flatMap((path) => (path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1)] : [])),
      ),
    read: async (path) => await Promise.resolve(tree[path]),
  }; // prettier-ignore
}

test('sections, comments, lists over several lines, and where they stand', () => {
  const text = '# a comment\n[one]\nname = One\nbaseurl=http://a/\n  http://b/\n; another\nENABLED = no\nnonsense\n\n[two]\ngpgkey=x\n';
  const [one, two] = parseIni(text);
  expect(one).toMatchObject({ name: 'one', line: 2 });
  expect(words(one?.values.get('baseurl')?.value)).toEqual(['http://a/', 'http://b/']);
  expect(one?.values.get('enabled')).toEqual({ value: 'no', line: 7 });
  expect(two?.values.get('gpgkey')).toEqual({ value: 'x', line: 11 });
}); // prettier-ignore

test('what is written is read again, and no value makes a line of its own', () => {
  const value = fc.string({ unit: 'binary' }).map((s) => `x${s}`);
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), value, { minKeys: 1 }), (values) => {
      const [section, ...rest] = parseIni(iniSection('id', values));
      expect(rest).toEqual([]);
      expect([...(section?.values.keys() ?? [])].toSorted()).toEqual(Object.keys(values).toSorted());
    }),
    { numRuns: 40 },
  );
});

test('truth, as dnf writes it', () => {
  expect(['1', 'True', 'yes', 'on', '0', 'no', 'false'].map((v) => isTrue(v, false))).toEqual([true, true, true, true, false, false, false]); // prettier-ignore
  expect(isTrue(undefined, true)).toBe(true);
});

test('variables, in braces or not, in any case; the unknown ones stay', () => {
  const known = { releasever: '9', basearch: 'x86_64' };
  expect(expand('http://m/$releasever/${basearch}os/$RELEASEVER/$stream', known)).toBe('http://m/9/x86_64os/9/$stream'); // prettier-ignore
});

const HOST = {
  '/etc/yum.repos.d/b.repo':
    '[off]\nbaseurl=http://x/\nenabled=0\n\n[base]\nname=Base - $basearch\nmirrorlist=https://m/?r=$releasever\ngpgkey=file:///etc/pki/rpm-gpg/A\n  https://k/B\nexclude=kernel*,dkms\npriority=10\nusername=me\npassword=secret\nsslclientkey=/etc/pki/entitlement/1-key.pem\n',
  '/etc/yum.repos.d/readme': '[none]\nbaseurl=http://x/\n',
  '/etc/dnf/vars/stream': '9-stream\n',
  '/etc/dnf/dnf.conf': '[main]\ngpgcheck=0\nbest=True\n',
  '/etc/dnf/modules.d/ring.module': '[ring]\nname=ring\nstream=2\nprofiles=\nstate=enabled\n',
  '/etc/dnf/modules.d/off.module': '[off]\nname=off\nstream=\nstate=disabled\n',
};

test('repositories of a system: enabled ones, with what its dnf.conf says', async () => {
  const main = await readMain(files(HOST));
  const found = await readRepositories(files(HOST), main);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    id: 'base',
    name: 'Base - $basearch',
    mirrorlist: 'https://m/?r=$releasever',
    gpgcheck: false,
    gpgkey: ['file:///etc/pki/rpm-gpg/A', 'https://k/B'],
    options: { excludepkgs: 'kernel* dkms', priority: '10', username: 'me' },
    files: { sslclientkey: '/etc/pki/entitlement/1-key.pem' },
    keyPlace: { file: '/etc/yum.repos.d/b.repo', line: 8, column: 1 },
  });
  expect(await readVariables(files(HOST))).toEqual({ stream: '9-stream' });
  expect(await readModules(files(HOST))).toEqual({ ring: '2' });
});

test('no credentials where scripts and images could see them', () => {
  const repository: RpmRepository = {
    id: 'a', name: 'a', baseurl: ['https://a/$releasever'], gpgcheck: true, repoGpgcheck: false, keys: [],
    options: { username: 'me', password: 'secret', proxy: 'http://u:p@p/', priority: '3' },
    files: { sslcacert: '/ca', sslclientkey: '/key' },
  }; // prettier-ignore
  expect(hasSecrets(repository)).toBe(true);
  const open = withoutSecrets(repository);
  expect(hasSecrets(open)).toBe(false);
  expect(open).toMatchObject({ options: { priority: '3' }, files: { sslcacert: '/ca' } });
  expect(repoSection(expanded(open, { releasever: '9' }), ['/k'], open.files)).toBe(
    '[a]\nname=a\nbaseurl=https://a/9\nenabled=1\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file:///k\npriority=3\nsslcacert=/ca\n',
  );
});

test('a password in a URL is one, too', () => {
  const repository = withOpenUrls<RpmRepository>({
    id: 'a', name: 'a', baseurl: ['https://me:p%40ss@a/x@y', 'https://b/'], gpgcheck: true, repoGpgcheck: false, keys: [],
    options: {}, files: {},
  }); // prettier-ignore
  expect(repository).toMatchObject({
    baseurl: ['https://a/x@y', 'https://b/'],
    options: { username: 'me', password: 'p@ss' },
  });
  expect(withoutSecrets(repository).options).toEqual({});
  const plain: RpmRepository = { ...repository, baseurl: ['https://a/x@y'], options: {} };
  expect(withOpenUrls(plain)).toEqual(plain);
});

test('files of release packages: ours are taken out, all others disabled', () => {
  const text = '[base]\nname=x\nbaseurl=http://x/\n  http://y/\n\n[extras]\nbaseurl=http://x/\nenabled=1\n\n[plain]\nbaseurl=http://z/\n[off]\nenabled=0\n';
  const after = disabled(text, new Set(['base']));
  expect(parseIni(after).map((s) => [s.name, s.values.get('enabled')?.value])).toEqual([['extras', '0'], ['plain', '0'], ['off', '0']]);
  expect(after).toContain('# [base]\n# name=x');
  expect(disabled(after, new Set(['base']))).toBe(after);
}); // prettier-ignore
