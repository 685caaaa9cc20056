import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { addNodes, showNode } from '../node/registry.ts';
import { ConfigSchema } from '../system/config.ts';
import { checkTarget, kickstartOf, otherTarget } from './target.ts';

const config = ConfigSchema.parse({
  targets: {
    osdeploy: { url: 'http://10.0.0.1/profiles/{profile}.ipxe', after: 'disk' },
    clone: { url: 'http://10.0.0.1/clone/{node}.ipxe' },
  },
});
const who = {
  name: 'c001',
  profiles: ['base', 'compute'],
  ipxe: { 'eq-console': 'console=tty0 console=ttyS0,115200' },
};

test('a node goes on with the script of its target, with its variables', async () => {
  const { script } = await otherTarget(
    { db: undefined as never, installation: { config } },
    who,
    'clone',
    'http://s',
  );
  expect(script).toContain('\nset eq-console console=tty0 console=ttyS0,115200\n');
  expect(script).toContain('\nset menu-default bootclone\n');
  expect(script).toContain('\nchain --replace --autofree http://10.0.0.1/clone/c001.ipxe ||\n');
  expect(script).toContain('http://s/boot/start.ipxe');
});

test('disk and next need no configuration; another name does', async () => {
  const server = { db: undefined as never, installation: { config } };
  expect((await otherTarget(server, who, 'disk', 'http://s')).script).toContain('sanboot');
  expect((await otherTarget(server, who, 'next', 'http://s')).script).toMatch(/\nexit\n$/);
  await expect(otherTarget(server, who, 'memtest', 'http://s')).rejects.toMatchObject({
    code: 'boot/no-target',
  });
  expect(() => checkTarget(config, '__proto__')).toThrow();
  expect(() => checkTarget(config, 'osdeploy')).not.toThrow();
});

test('defect of one-time installs: what comes then is kept before the script goes out', async () => {
  await using here = await temporaryInstallation();
  const { db } = here.database;
  await addNodes(db, 'c[001-002]', { boot: 'osdeploy' });
  const node = await showNode(db, 'c001');
  const { script } = await otherTarget({ db, installation: { config } }, node, 'osdeploy', 'http://s');
  expect(script).toContain('http://10.0.0.1/profiles/default.ipxe');
  expect((await showNode(db, 'c001')).boot).toBe('disk');
  expect((await showNode(db, 'c002')).boot).toBe('osdeploy');
});

test('the kickstart file is that of the profile; without one it says so', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-'));
  writeFileSync(join(directory, 'compute.cfg'), 'text\n');
  const withFile = ConfigSchema.parse({
    targets: { osdeploy: { url: 'http://10.0.0.1/x', kickstart: join(directory, '{profile}.cfg') } },
  });
  expect((await kickstartOf(withFile, who)).text).toBe('text\n');
  await expect(kickstartOf(withFile, { ...who, profiles: ['gpu'] })).rejects.toMatchObject({
    code: 'boot/no-kickstart',
  });
  await expect(kickstartOf(config, who)).rejects.toMatchObject({ code: 'boot/no-kickstart' });
});

test.each(['javascript:x', 'http://a/${x}', 'http://a b/', 'file:///etc/shadow', 'http://a/#x'])(
  'no URL of a target: %s',
  (url) => {
    expect(ConfigSchema.safeParse({ targets: { x: { url } } }).success).toBe(false);
  },
);
