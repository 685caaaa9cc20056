import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { fakeImage } from '../boot/fixture.ts';
import type { Db } from '../db/database.ts';
import { writeChange } from '../node/change.ts';
import type { Entry } from '../node/entry.ts';
import { listNodes, showNode } from '../node/registry.ts';
import type { FileSpec } from '../node/file-schema.ts';
import type { NodeDocument, ProfileDocument } from '../node/schema.ts';
import { placeText, type SlipwayError } from '../system/errors.ts';
import { collectContents, putContent } from './contents.ts';
import { filesContext, type FilesContext } from './context.ts';
import { renderFiles, type RenderOptions } from './render.ts';
import { removeSecret, setSecret } from './secrets.ts';

const site = Buffer.alloc(32, 7);
const actor = { who: 'test', via: 'cli' } as const;
let temporary: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
let context: FilesContext;
beforeEach(async () => {
  temporary = await temporaryInstallation();
  ({ db } = temporary.database);
  context = filesContext(db, site);
});
afterEach(async () => await temporary[Symbol.asyncDispose]());

/** Adds or replaces documents. */
async function say(documents: {
  profiles?: Record<string, ProfileDocument>;
  groups?: Record<string, ProfileDocument>;
  nodes?: Record<string, NodeDocument>;
}): Promise<void> {
  const entries: Entry[] = [];
  for (const kind of ['profile', 'group'] as const)
    for (const [name, after] of Object.entries(documents[`${kind}s`] ?? {}))
      entries.push({ kind, name, after });
  for (const [name, after] of Object.entries(documents.nodes ?? {})) {
    const row = await db.selectFrom('node').selectAll().where('name', '=', name).executeTakeFirst();
    const before = row && (JSON.parse(row.document) as NodeDocument);
    entries.push({ kind: 'node', name, id: row?.id, before, after });
  }
  await db.transaction().execute((t) => writeChange(t, actor, 'test', entries));
}

const template = async (text: string, more: Partial<FileSpec> = {}): Promise<FileSpec> => ({
  content: await putContent(db, '/x', Buffer.from(text)),
  template: true,
  ...more,
});
const filesOf = async (name: string, options: RenderOptions = {}) =>
  await renderFiles(context, await showNode(db, name), { hostKeys: false, ...options });
const textOf = async (name: string, path: string, options: RenderOptions = {}) =>
  (await filesOf(name, options)).find((file) => file.path === path)?.content?.toString();
const mistakes = async (name: string) => {
  const error = (await filesOf(name).then(
    () => Promise.reject(new Error('no mistake')),
    (e: unknown) => e,
  )) as SlipwayError;
  return [error, ...error.also].map(
    (one) => `${one.where ? `${placeText(one.where)}: ` : ''}${one.code}: ${one.message}`,
  );
};

describe('what a node gets', () => {
  it('comes from profiles, groups and the node, the later one wins, null takes away', async () => {
    const plain = async (text: string): Promise<FileSpec> => ({ ...(await template(text)), template: false });
    await say({
      profiles: {
        base: { files: { '/etc/a': await plain('base'), '/etc/b': await plain('{{ not a template') } },
      },
      groups: { g: { files: { '/etc/a': await template('{{ node.name }}'), '/etc/c': await plain('c') } } },
      nodes: { n1: { profiles: [], groups: ['g'], files: { '/etc/c': null, '/opt/d': { absent: true } } } },
    });
    await say({ nodes: { n2: { profiles: ['base'], files: { '/etc/l': { link: '../run/l' } } } } });
    expect((await filesOf('n1')).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'file /etc/a',
      'absent /opt/d',
    ]);
    expect(await textOf('n1', '/etc/a')).toBe('n1');
    expect(await textOf('n2', '/etc/b')).toBe('{{ not a template');
    expect((await filesOf('n2')).find((file) => file.kind === 'link')).toMatchObject({
      path: '/etc/l',
      target: '../run/l',
    });
  });

  it('is made of the node, the cluster and the image', async () => {
    const text =
      '{{ node.name }} {{ node.address }} {{ node.tags.rack }} {{ node.variables.slots }} {{ node.interfaces.eth1.address | network }}\n' +
      '{% for n in cluster.nodes %}{{ n.name }},{% endfor %} {{ cluster.groups.g | nodeset }} {{ cluster.nodes | not_in_group: "g" | nodeset }}\n' +
      '{{ image.name }}:{{ image.generation }} {{ image.kernel }}{% if node.tags.none %}never{% endif %}';
    await say({ groups: { g: { files: { '/etc/t': await template(text) } } } });
    const own = { groups: ['g'], tags: { rack: 'r1' }, variables: { slots: 4 } };
    const nodes = Object.fromEntries(
      ['n2', 'n10', 'n1'].map((name, i) => [
        name,
        { ...own, interfaces: { eth1: { address: `10.1.0.${i + 1}/16` } } },
      ]),
    );
    await say({ nodes: { ...nodes, login: { address: '192.0.2.1' } } });
    const image = async () => fakeImage('compute', 7);
    expect(await textOf('n10', '/etc/t', { image })).toBe(
      'n10 10.1.0.2 r1 4 10.1.0.0\nlogin,n1,n2,n10, n[1-2,10] login\ncompute:7 6.1.0',
    );
  });

  it('is rendered once for all nodes where nothing of the node is used, and again only after what it uses changed', async () => {
    const files = {
      '/etc/all': await template('{{ cluster.nodes | map: "name" | join: " " }}'),
      '/etc/one': await template('{{ node.tags.rack }}'),
    };
    await say({ profiles: { p: { files } } });
    const nodes = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`n${i}`, { profiles: ['p'], tags: { rack: `r${i % 4}` } }]),
    );
    await say({ nodes });
    const all = async () => {
      const listed = await listNodes(db);
      const before = context.rendered;
      await Promise.all(
        [...listed, ...listed].map((node) => renderFiles(context, node, { hostKeys: false })),
      );
      return context.rendered - before;
    };
    expect(await all()).toBe(1 + 4);
    expect(await all()).toBe(0);
    await say({ nodes: { n3: { ...nodes['n3'], arguments: ['quiet'] } } });
    expect(await all()).toBe(0);
    await say({ nodes: { n3: { ...nodes['n3'], tags: { rack: 'r9' } } } });
    expect(await all()).toBe(2);
    await say({
      profiles: { p: { files: { ...files, '/etc/one': await template('{{ node.tags.rack }}!') } } },
    });
    expect(await all()).toBe(5);
    expect(await textOf('n3', '/etc/one')).toBe('r9!');
  });

  it('has modes, owners, and no refresh of secrets', async () => {
    await setSecret(db, site, 'munge', Buffer.from('top\0secret'));
    const files: NodeDocument['files'] = {
      '/etc/munge/munge.key': { secret: 'munge', owner: 'munge', mode: '400', refresh: true, run: 'reboot' },
      '/etc/default': { secret: 'munge' },
      '/etc/run': await template('x', { refresh: true, run: 'systemctl reload x' }),
    };
    await say({ nodes: { n1: { files } } });
    const [plain, key, run] = await filesOf('n1');
    expect(plain).toMatchObject({ mode: '0600', owner: 'root', secret: true });
    expect(key).toMatchObject({ mode: '0400', owner: 'munge', group: 'root', secret: true, refresh: false });
    expect(key?.run).toBeUndefined();
    expect(key?.content?.toString()).toBe('top\0secret');
    expect(run).toMatchObject({ refresh: true, run: 'systemctl reload x', mode: '0644' });
    // Nothing by which a guess of a short secret could be checked.
    const { createHash } = await import('node:crypto');
    expect(key?.digest).not.toContain(createHash('sha256').update('top\0secret').digest('hex'));
    await expect(removeSecret(db, 'munge')).rejects.toThrow('node n1 names it');
  });

  it('has host keys, each node its own, but not over what is said of their paths', async () => {
    await say({
      nodes: {
        n1: {},
        n2: { files: { '/etc/ssh/ssh_host_ecdsa_key': { absent: true } } },
        n3: { ssh_host_keys: false },
      },
    });
    const keys = async (name: string) =>
      (await filesOf(name, { hostKeys: true })).map(
        ({ path, mode, within }) => `${mode} ${within ?? '-'} ${path}`,
      );
    expect(await keys('n1')).toEqual([
      '0600 /etc/ssh /etc/ssh/ssh_host_ecdsa_key',
      '0644 /etc/ssh /etc/ssh/ssh_host_ecdsa_key.pub',
      '0600 /etc/ssh /etc/ssh/ssh_host_ed25519_key',
      '0644 /etc/ssh /etc/ssh/ssh_host_ed25519_key.pub',
    ]);
    expect((await keys('n2')).filter((line) => line.includes('ecdsa'))).toEqual([
      '0644 - /etc/ssh/ssh_host_ecdsa_key',
    ]);
    expect(await keys('n3')).toEqual([]);
    const one = await filesOf('n1', { hostKeys: true });
    const two = await filesOf('n2', { hostKeys: true });
    const ed = (files: typeof one) =>
      files.find((file) => file.path.endsWith('ed25519_key'))?.content?.toString();
    expect(ed(one)).not.toBe(ed(two));
    expect(ed(await filesOf('n1', { hostKeys: true }))).toBe(ed(one));
  });
});

describe('mistakes', () => {
  it('are told all at once, with who gives the file, the place in it and the node', async () => {
    await say({
      profiles: {
        p: {
          files: {
            '/etc/a': await template('ok\n  {{ node.tags.rck }}'),
            '/etc/b': await template('{{ nod.name }}'),
          },
        },
      },
      nodes: {
        n1: {
          profiles: ['p'],
          tags: { rack: 'r1' },
          files: { '/etc/s': { secret: 'none' }, '/etc/t': await template('{% if %}') },
        },
      },
    });
    const found = await mistakes('n1');
    expect(found).toEqual([
      'profile:p:/etc/a:2:6: file/variable: The template of /etc/a uses node.tags.rck, which n1 does not have',
      'profile:p:/etc/b:1:4: file/variable: The template of /etc/b uses nod, which no node has',
      'file/no-secret: /etc/s of n1 is to be the secret none, which there is not',
      'node:/etc/t:1:6: file/template: The template of /etc/t cannot be used: invalid value expression: ""',
    ]);
  });

  it.each([
    ['what JavaScript objects inherit', '{{ node.constructor.name }}', 'file/variable'],
    ['what JavaScript objects inherit', '{{ "".constructor }}', 'file/variable'],
    ['what JavaScript objects inherit', '{{ node.__proto__ }}', 'file/variable'],
    ['what JavaScript objects inherit', '{{ node.tags.hasOwnProperty }}', 'file/variable'],
    ['endless work', '{% for i in (1..100000000) %}{{ i }}{% endfor %}', 'file/limit'],
    [
      'endless work',
      '{% for i in (1..10000) %}{% for j in (1..10000) %}{% endfor %}{% endfor %}',
      'file/limit',
    ],
    [
      'huge output',
      '{% assign x = "xxxxxxxxxxxxxxxx" %}{% for i in (1..22) %}{% assign x = x | append: x %}{% endfor %}{{ x }}',
      'file/limit',
    ],
    [
      'huge output',
      '{% capture x %}{{ node.name }}{% endcapture %}{% for i in (1..40) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}{{ x }}',
      'file/limit',
    ],
    ['files of the host', '{% include "/etc/passwd" %}', 'file/template'],
    ['programs in strings', '{{ cluster.nodes | where_exp: "n", "n.name" }}', 'file/template'],
    ['the clock', '{{ "now" | date: "%s" }}', 'file/template'],
    ['no address', '{{ "nonsense" | netmask }}', 'file/template'],
  ])('refuses %s: %s', async (_, text, code) => {
    await say({ nodes: { n1: { files: { '/etc/x': await template(text) } } } });
    expect((await mistakes('n1'))[0]).toContain(`${code}: `);
  });

  it('a value is never a template', async () => {
    const files = { '/etc/x': await template('{{ node.variables.evil }}') };
    await say({ nodes: { n1: { files, variables: { evil: '{{ node.name }}{% raw %}\n"\'$(reboot)' } } } });
    expect(await textOf('n1', '/etc/x')).toBe('{{ node.name }}{% raw %}\n"\'$(reboot)');
  });

  it('a path cannot be a file and a directory', async () => {
    await say({ nodes: { n1: { files: { '/etc/a': await template(''), '/etc/a/b/c': { link: 'x' } } } } });
    expect(await mistakes('n1')).toEqual(['file/conflict: /etc/a/b/c of n1 cannot be: /etc/a is a file']);
  });

  it.each([
    '/etc/../x',
    '/etc//x',
    'etc/x',
    '/etc/x/',
    '/',
    '/proc/x',
    '/run/slipway/token',
    '/etc/a\nb',
    '/etc/.',
  ])(
    'no file can be %j',
    async (path) =>
      await expect(say({ nodes: { n1: { files: { [path]: { absent: true } } } } })).rejects.toThrow(),
  );
});

describe('contents', () => {
  it('stay as long as the registry or its history names them', async () => {
    const [first, second] = [await template('first'), await template('second')];
    await putContent(db, '/x', Buffer.from('nobody names it'));
    await say({ nodes: { n1: { files: { '/etc/x': first } } } });
    await say({ nodes: { n1: { files: { '/etc/x': second } } } });
    await say({ nodes: { n1: {} } });
    expect(await collectContents(db)).toBe(1);
    await db.deleteFrom('change').execute();
    await say({ nodes: { n1: { files: { '/etc/x': second } } } });
    expect(await collectContents(db)).toBe(1);
    expect(await textOf('n1', '/etc/x')).toBe('second');
  });
});
