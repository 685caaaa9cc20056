/** Node files over HTTP: how a mistake looks, what a boot gets, and that secrets stay where they belong. */
import { createHash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bootServer, type RunningServer } from '../../test/support/boot-server.ts';
import { publishNoise } from '../../test/support/image.ts';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { siteSecret } from '../boot/keys.ts';
import { sayFile } from '../files/edit.ts';
import { setSecret } from '../files/secrets.ts';
import { Catalog } from '../image/catalog.ts';
import { setBoot } from '../node/assignment.ts';
import { addNodes, editNodes, showNode } from '../node/registry.ts';

const mac = '52:54:00:00:00:01';
const SECRET = 'correct horse battery staple';
let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let server: RunningServer;
beforeAll(async () => {
  here = await temporaryInstallation();
  const { installation, database } = here;
  await publishNoise(installation.paths, 'compute');
  await addNodes(database.db, 'n1', { macs: [mac] });
  await setBoot(database.db, await Catalog.open(installation.paths), 'n1', { image: 'compute' });
  server = await bootServer(installation);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await editNodes(here.database.db, 'n1', 'test', (document) => ({ ...document, files: undefined }));
});

const script = async () => await (await fetch(`${server.url}/boot/node.ipxe?mac=${mac}`)).text();
const sessionOf = (text: string) => /session\/([0-9a-f]{32})\/node\.cpio/.exec(text)?.[1] ?? '';
const initrd = async (session: string) => {
  const answer = await fetch(`${server.url}/boot/session/${session}/node.cpio`);
  return { status: answer.status, text: Buffer.from(await answer.arrayBuffer()).toString('latin1') };
};
const template = async (text: string) =>
  await sayFile(here.database.db, { nodes: 'n1' }, '/etc/t', { content: Buffer.from(text), template: true });
const sessions = async () => await here.database.db.selectFrom('boot_session').selectAll().execute();

test('a mistake in a template: a script that says so and waits, no session, and a boot once it is mended', async () => {
  await template('ok\n{{ node.tags.rack }}');
  const before = (await sessions()).length;
  const text = await script();
  expect(text).toContain('n1 cannot boot: node:/etc/t:2:4: The template of /etc/t uses node.tags.rack');
  expect(text).toContain('/boot/start.ipxe');
  expect(text).not.toContain('kernel');
  expect(await sessions()).toHaveLength(before);
  const told = server.events.filter((event) => event.event === 'notice').map((event) => event.message);
  expect(told.at(-1)).toContain('n1 cannot boot: node:/etc/t:2:4: ');
  await template('{{ node.name }}');
  expect(await script()).toContain('kernel ');
});

test('a mistake made between script and node initrd spoils nothing: the same session goes on when it is mended', async () => {
  await template('{{ node.name }}');
  const session = sessionOf(await script());
  await template('{{ node.tags.rack }}');
  expect(await initrd(session)).toMatchObject({
    status: 500,
    text: expect.not.stringContaining('070701') as string,
  });
  await template('mended {{ node.name }}');
  const { status, text } = await initrd(session);
  expect(status).toBe(200);
  expect(text).toContain('mended n1');
  expect((await initrd(session)).status).toBe(410);
});

test('the node initrd has the list and the contents; the session keeps fingerprints of them', async () => {
  const { db } = here.database;
  await template('{{ image.name }}:{{ image.generation }}');
  await sayFile(db, { nodes: 'n1' }, '/etc/gone', { absent: true });
  const session = sessionOf(await script());
  const { text } = await initrd(session);
  expect(text).toContain(
    'absent 0644 root root 1 /etc/gone\nfile 0644 root root 2 /etc/t\nwithin - - - 0 /etc/ssh\nfile 0600 root root 3 /etc/ssh/ssh_host_ecdsa_key\n',
  );
  expect(text).toContain('compute:1');
  const row = (await sessions()).find((one) => one.id === session);
  expect(Object.keys((JSON.parse(row?.given ?? '') as { files: object }).files)).toEqual([
    '/etc/gone', '/etc/t', '/etc/ssh/ssh_host_ecdsa_key', '/etc/ssh/ssh_host_ecdsa_key.pub',
    '/etc/ssh/ssh_host_ed25519_key', '/etc/ssh/ssh_host_ed25519_key.pub',
  ]); // prettier-ignore
});

test('a secret is in the node initrd once, and nowhere else', async () => {
  const { db } = here.database;
  await setSecret(db, await siteSecret(here.installation.paths), 'munge', Buffer.from(SECRET));
  await sayFile(db, { nodes: 'n1' }, '/etc/munge.key', {
    secret: 'munge',
    mode: '0400',
    owner: 'munge',
    refresh: true,
  });
  const first = await script();
  const session = sessionOf(first);
  const { text } = await initrd(session);
  expect(text.split(SECRET)).toHaveLength(2);
  expect(text).toContain('file 0400 munge root 1 /etc/munge.key\n');
  const token = /^token (\S+)$/m.exec(text)?.[1] ?? '';
  const headers = { authorization: `Bearer ${token}` };
  const list = await (await fetch(`${server.url}/boot/files/${session}`, { headers })).text();
  expect(list).toBe('slipway-files 1\nend\n');
  const hex = createHash('sha256').update(SECRET).digest('hex');
  expect((await fetch(`${server.url}/boot/files/${session}/${hex}`, { headers })).status).toBe(404);
  const everything = [
    first,
    (await initrd(session)).text,
    // But for our own request just now.
    JSON.stringify(server.events.filter((event) => !JSON.stringify(event).includes('/boot/files/'))),
    JSON.stringify(await sessions()),
    JSON.stringify(await showNode(db, 'n1')),
    ...(await db.selectFrom('change').select('entries').execute()).map((row) =>
      zstdDecompressSync(row.entries).toString(),
    ),
  ].join('\n');
  expect(everything).not.toContain(SECRET);
  expect(everything).not.toContain(hex);
});

test('a machine that is not in the registry any more gets no files, and no keys', async () => {
  await template('{{ node.name }}');
  const session = sessionOf(await script());
  await here.database.db.deleteFrom('node').where('name', '=', 'n1').execute();
  const { status, text } = await initrd(session);
  expect(status).toBe(200);
  expect(text).not.toContain('slipway/files');
});
