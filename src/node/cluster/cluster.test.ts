import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../../test/support/registry.ts';
import type { Db } from '../../db/database.ts';
import { readContent } from '../../files/contents.ts';
import { placeText, SlipwayError } from '../../system/errors.ts';
import { diffOf } from '../diff.ts';
import { undoChange } from '../history.ts';
import { addPreset, listPresets } from '../preset-registry.ts';
import { addNodes, listNodes, setNodes, showNode } from '../registry.ts';
import { applyPlan } from './apply.ts';
import { exportCluster } from './export.ts';
import { loadClusterFiles } from './load.ts';
import { planCluster, type PlanOptions } from './plan.ts';
import { wantedOf } from './wanted.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
let directory: string;
beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
  directory = mkdtempSync(join(tmpdir(), 'slipway-cluster-'));
});
afterEach(async () => {
  await here[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const file = (name: string, text: string | Uint8Array) => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
async function plan(text: string, options: PlanOptions = {}) {
  return await planCluster(db, await wantedOf(await loadClusterFiles([file('cluster.yml', text)])), options);
}
async function apply(text: string, options: PlanOptions = {}) {
  const made = await plan(text, options);
  return { made, change: await applyPlan(db, made, 'apply') };
}
/** `code line:column` of all mistakes. */
async function mistakes(work: Promise<unknown>): Promise<string[]> {
  const error = await work.then(
    () => undefined,
    (one: unknown) => one,
  );
  if (!(error instanceof SlipwayError)) throw new Error(`no SlipwayError: ${String(error)}`);
  return [error, ...error.also].map(
    (one) => `${one.code} ${one.where ? placeText({ ...one.where, file: '' }).slice(1) : '-'}`,
  );
}

const CLUSTER = `
profiles:
  base: { arguments: [quiet], tags: { site: x } }
groups:
  compute: { profiles: [base], image: "compute:1", order: 10 }
  rack1: { tags: { rack: r1 }, members: "n[01-02]" }
nodes:
  n[01-04]:
    macs: ["52:54:00:00:00:[0f-12]"]
    address: 10.0.0.[1-4]
    groups: [compute]
    interfaces: { eth0: { address: "10.0.1.[1-4]/16", gateway: 10.0.0.254 } }
  n04: { tags: { owner: ann }, groups: [rack1], interfaces: { eth0: { mtu: 9000 } } }
  login1:
`;

describe('apply', () => {
  test('makes what the files say, with patterns spread and later entries on top; again there is nothing to do', async () => {
    const { change } = await apply(CLUSTER);
    expect(change).toBe(1);
    expect((await listNodes(db)).map((n) => [n.name, ...n.macs, n.address, ...n.groups])).toEqual([
      ['login1', undefined],
      ['n01', '52:54:00:00:00:0f', '10.0.0.1', 'compute', 'rack1'],
      ['n02', '52:54:00:00:00:10', '10.0.0.2', 'compute', 'rack1'],
      ['n03', '52:54:00:00:00:11', '10.0.0.3', 'compute'],
      ['n04', '52:54:00:00:00:12', '10.0.0.4', 'compute', 'rack1'],
    ]);
    expect(await showNode(db, 'n04')).toMatchObject({
      image: 'compute:1',
      arguments: ['quiet'],
      tags: { site: 'x', rack: 'r1', owner: 'ann' },
      interfaces: { eth0: { address: '10.0.1.4/16', gateway: '10.0.0.254', mtu: 9000 } },
    });
    expect((await apply(CLUSTER)).change).toBeUndefined();
  });

  test('an entity that is named is exactly what the files say; what is not named stays, but for --prune', async () => {
    await apply(CLUSTER);
    await addNodes(db, 'other', { image: 'o:1' });
    await setNodes(db, 'n01', { image: 'own:1' });
    const text = CLUSTER.replace('order: 10', 'order: 20').replace('  login1:\n', '');
    expect(diffOf((await plan(text)).entries)).toEqual([
      {
        kind: 'group',
        change: 'change',
        names: 'compute',
        count: 1,
        fields: [{ path: 'order', before: 10, after: 20 }],
      },
      {
        kind: 'node',
        change: 'change',
        names: 'n01',
        count: 1,
        fields: [{ path: 'image', before: 'own:1' }],
      },
    ]);
    await apply(text);
    expect((await listNodes(db)).map((n) => n.name)).toEqual(['login1', 'n01', 'n02', 'n03', 'n04', 'other']);
    const { made } = await apply(text, { prune: true });
    expect(diffOf(made.entries)).toEqual([
      { kind: 'node', change: 'remove', names: 'login1,other', count: 2, fields: [] },
    ]);
    await apply('{}', { prune: true });
    expect([await listNodes(db), await listPresets(db, 'group'), await listPresets(db, 'profile')]).toEqual([
      [],
      [],
      [],
    ]);
    await undoChange(db);
    expect(await listNodes(db)).toHaveLength(4);
  });

  test('members are exactly the ones listed, and those that name the group; other settings of theirs stay', async () => {
    await apply(CLUSTER);
    await addNodes(db, 'm1', { image: 'm:1' });
    await apply('groups: { rack1: { tags: { rack: r1 }, members: "n03,m1" } }');
    expect((await listNodes(db)).filter((n) => n.groups.includes('rack1')).map((n) => n.name)).toEqual([
      'm1',
      'n03',
    ]);
    expect(await showNode(db, 'm1')).toMatchObject({ image: 'm:1', tags: { rack: 'r1' } });
    expect(await showNode(db, 'n01')).toMatchObject({ groups: ['compute'], address: '10.0.0.1' });
    await apply('groups: { rack1: { members: "" } }');
    expect((await listNodes(db)).flatMap((n) => n.groups)).not.toContain('rack1');
    // Without members in the file they stay as they are.
    await apply('groups: { rack1: { members: n01 } }');
    await apply('groups: { rack1: { order: 3 } }');
    expect((await showNode(db, 'n01')).groups).toContain('rack1');
  });

  test('several files are one: the directory in the order of names, later ones on top', async () => {
    mkdirSync(join(directory, 'd'));
    file('d/10-nodes.yml', 'nodes: { "n[1-2]": { groups: [g], image: "a:1", tags: { a: "1" } } }');
    file(
      'd/20-more.yaml',
      'groups: { g: }\nnodes: { n2: { image: "a:2", tags: { b: "2" }, arguments: [quiet] } }',
    );
    file('d/.hidden.yml', 'nodes: { hidden: }');
    file('d/notes.txt', '[');
    const made = await planCluster(db, await wantedOf(await loadClusterFiles([join(directory, 'd')])));
    await applyPlan(db, made, 'apply');
    expect(await listNodes(db)).toMatchObject([
      { name: 'n1', image: 'a:1', tags: { a: '1' } },
      { name: 'n2', image: 'a:2', tags: { a: '1', b: '2' }, arguments: ['quiet'] },
    ]);
  });

  test('nodes can swap their MAC addresses', async () => {
    await apply('nodes: { a: { macs: ["52:54:00:00:00:01"] }, b: { macs: ["52:54:00:00:00:02"] } }');
    await apply('nodes: { a: { macs: ["52:54:00:00:00:02"] }, b: { macs: ["52:54:00:00:00:01"] } }');
    expect((await showNode(db, 'a')).macs).toEqual(['52:54:00:00:00:02']);
  });

  test('the order of groups of a node is no difference', async () => {
    await addPreset(db, 'group', 'a');
    await addPreset(db, 'group', 'b');
    await addNodes(db, 'n', { groups: ['b', 'a'] });
    expect((await plan('nodes: { n: { groups: [a, b] } }')).entries).toEqual([]);
  });

  test('refused if somebody changed the registry since the differences were shown: nothing is written', async () => {
    const made = await plan(CLUSTER);
    await addNodes(db, 'other', {}, { actor: { who: 'bob', via: 'cli' } });
    await expect(applyPlan(db, made, 'apply')).rejects.toMatchObject({
      code: 'cluster/changed-meanwhile',
      message: expect.stringContaining('by bob, node add other') as string,
    });
    expect((await listNodes(db)).map((n) => n.name)).toEqual(['other']);
    expect(await listPresets(db, 'group')).toEqual([]);
  });

  test('an image or mode that is not there is a warning', async () => {
    const catalog = {
      find: async (ref: string) => {
        if (ref === 'compute:1')
          throw new SlipwayError('image/unknown', { what: `no ${ref}`, why: '', todo: '' });
        return {} as never;
      },
    };
    const made = await plan(`${CLUSTER}  x: { image: "there:1", mode: rom }`, { catalog });
    expect(made.warnings).toEqual([
      'group compute: no compute:1; nodes wait at their boot until it is there',
      'node x: There is no mode "rom"; nodes wait at their boot until it is there',
    ]);
  });
});

describe('contents of files', () => {
  test('come as text, base64 or from a file beside, and are kept by digest', async () => {
    mkdirSync(join(directory, 'files'));
    file('files/motd', 'welcome\n');
    symlinkSync('motd', join(directory, 'files/link'));
    await apply(`
profiles:
  p:
    files:
      /etc/motd: { source: files/motd, template: true }
      /etc/link: { source: files/link }
      /etc/text: { content: "a\\n", mode: "0600" }
      /etc/bytes: { base64: "AAECgA==" }
      /etc/gone: { absent: true }
`);
    const [profile] = await listPresets(db, 'profile');
    const { files } = profile?.settings ?? {};
    const read = async (path: string) => await readContent(db, files?.[path]?.content ?? '');
    expect(await read('/etc/motd')).toEqual(Buffer.from('welcome\n'));
    expect(await read('/etc/text')).toEqual(Buffer.from('a\n'));
    expect(await read('/etc/bytes')).toEqual(Buffer.from([0, 1, 2, 128]));
    expect(files?.['/etc/link']?.content).toBe(files?.['/etc/motd']?.content);
    expect(files?.['/etc/gone']).toEqual({ absent: true });
    file('files/motd', 'changed\n');
    expect(diffOf((await plan(await exportCluster(db))).entries)).toEqual([]);
  });

  test('never from outside of the directory, nor from what is no file', async () => {
    symlinkSync('/etc/hostname', join(directory, 'out'));
    mkdirSync(join(directory, 'sub'));
    symlinkSync('..', join(directory, 'sub/up'));
    const outside = mkdtempSync(join(tmpdir(), 'slipway-outside-'));
    writeFileSync(join(outside, 'x'), 'secret');
    symlinkSync(outside, join(directory, 'away'));
    try {
      for (const source of [
        '/etc/hostname',
        '../../../../etc/hostname',
        'out',
        'away/x',
        'missing',
        'sub',
        '.',
        'sub/up',
      ])
        expect(
          await mistakes(plan(`nodes: { n: { files: { /etc/x: { source: "${source}" } } } }`)),
          source,
        ).toEqual(['cluster/source 1:42']);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

describe('mistakes', () => {
  test('of form are told together, with places and suggestions', async () => {
    const text = `profiles:
  Base: {}
  b: { argument: [quiet], mode: [x], files: { /etc/x: { content: a, link: b } } }
groups:
  g: { order: high, members: [n1] }
  7: {}
nodes:
  n1: { tags: { rack: "a\\nb" }, interfaces: { eth0: { mtu: 9 } } }
unknown: {}
`;
    const work = loadClusterFiles([file('bad.yml', text)]);
    expect((await mistakes(work)).toSorted()).toEqual([
      'cluster/key 6:3',
      'yaml/unknown-key 3:8',
      'yaml/unknown-key 9:1',
      'yaml/wrong-value 3:33',
      'yaml/wrong-value 3:55',
      'yaml/wrong-value 5:15',
      'yaml/wrong-value 5:30',
      'yaml/wrong-value 8:23',
      'yaml/wrong-value 8:60',
    ]);
    const error = (await work.catch((e: unknown) => e)) as SlipwayError;
    expect([error, ...error.also].map((e) => e.todo).join()).toContain('Did you mean "arguments"?');
  });

  test('of values and patterns are told together', async () => {
    const text = `profiles:
  Base: {}
groups:
  g: { members: "n[1-9" }
nodes:
  n[1-3]: { macs: ["52:54:00:00:00:[01-04]"], address: 10.0.0.1 }
  m[1-3]: { macs: ["53:54:00:00:00:[01-03]"], address: "10.0.0.[254-256]" }
  k[1-3]: { interfaces: { eth0: { address: "10.0.0.[1-3]/99" } } }
  n[1-99999999]: {}
  "@all": {}
  "a b": {}
`;
    expect(await mistakes(plan(text))).toEqual([
      'name/invalid 2:3',
      'nodeset/bracket 4:17',
      'node/pattern 6:20',
      'node/one-only 6:56',
      'cluster/value 7:20',
      'cluster/value 7:56',
      'cluster/value 8:44',
      'nodeset/too-many 9:3',
      'nodeset/not-here 10:3',
    ]);
  });

  test('that show only against the registry are told together', async () => {
    await addNodes(db, 'other', { macs: ['52:54:00:00:00:01'], address: '10.0.0.9' });
    await addPreset(db, 'profile', 'base');
    const text = `groups:
  g: { profiles: [bse], members: "n1,x[1-2]" }
nodes:
  n1: { macs: ["52:54:00:00:00:01"], groups: [gg] }
  n2: { macs: ["52:54:00:00:00:02"], address: 10.0.0.9 }
  n3: { macs: ["52:54:00:00:00:02"], profiles: [bse] }
`;
    expect((await mistakes(plan(text))).toSorted()).toEqual([
      'cluster/member 2:34',
      'node/address-taken 5:47',
      'node/mac-taken 4:15',
      'node/mac-taken 6:15',
      'node/unknown-preset 2:18',
      'node/unknown-preset 4:46',
    ]);
    expect((await listNodes(db)).map((n) => n.name)).toEqual(['other']);
  });

  test('a profile that is in use is not pruned', async () => {
    await apply('profiles: { p: }\nnodes: { n: { profiles: [p] } }');
    expect(await mistakes(plan('nodes: { n: { profiles: [p] } }', { prune: true }))).toEqual([
      'node/unknown-preset 1:25',
    ]);
  });

  test('what is no cluster file is told as such', async () => {
    const empty = join(directory, 'empty');
    mkdirSync(empty);
    for (const path of [join(directory, 'none.yml'), empty, '/dev/null'])
      expect(await mistakes(loadClusterFiles([path]))).toEqual(['cluster/no-file -']);
    expect(await mistakes(loadClusterFiles([file('b.yml', Buffer.from([0xff, 0xfe]))]))).toEqual([
      'cluster/not-text -',
    ]);
    expect(await mistakes(loadClusterFiles([file('l.yml', '- a\n- b\n')]))).toEqual(['yaml/wrong-value 1:1']);
    expect(await mistakes(loadClusterFiles([file('d.yml', 'nodes:\n  n1: {}\n  n1: {}\n')]))).toEqual([
      'yaml/syntax 3:3',
    ]);
    expect((await plan('')).entries).toEqual([]);
  });

  test('bombs end with an error, at once', async () => {
    const bombs = [
      `nodes: { ${Array.from({ length: 3 }, (_, i) => `"n[1-199000]x${i}": {}`).join(', ')} }`,
      'nodes: { n[1-3]: { address: "[0-999999999].[0-999999999].[0-999999999].1" } }',
      `nodes: { "${'n[1-9],'.repeat(20_000)}n": {} }`,
      `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`).join('')}`,
      `nodes: { n: { variables: { a: ${'['.repeat(5000)}${']'.repeat(5000)} } } }`,
    ];
    for (const bomb of bombs) {
      const [first] = await mistakes(plan(bomb));
      expect(first, bomb.slice(0, 60)).toMatch(/^(cluster|yaml|nodeset|node)\//);
    }
    expect(await listNodes(db)).toEqual([]);
  });
});

describe('export', () => {
  test('applied again changes nothing, of an empty registry and of odd things too', async () => {
    expect((await plan(await exportCluster(db))).entries).toEqual([]);
    await apply(
      `${CLUSTER}
  "01": { tags: { yes: "no", n: "1e3" }, variables: { list: [1, { a: null }], text: "a\\nb: 'c'\\n" } }
  "true": { profiles: [base], arguments: ["!quiet"], interfaces: { eth0: null, "eth0.100": { parent: eth0, vlan: 100 } } }
  "null": { bmc: { address: "[fd00::1]", port: 623 }, ssh_host_keys: false }
`.replace('"[fd00::1]"', 'bmc-0'),
    );
    await addNodes(db, 'b[1-3]', { bmc: { address: 'bmc[01-03]' }, macs: ['52:54:00:00:01:[01-03]'] });
    await addNodes(db, 'r1,r9,r4', { macs: ['52:54:00:00:02:[01,77,13]'] });
    const text = await exportCluster(db);
    expect((await plan(text, { prune: true })).entries).toEqual([]);
    expect(text).toContain('n03');
    const part = await exportCluster(db, 'n04');
    expect(part).toContain('rack1');
    expect(part).not.toContain('login1');
    expect((await plan(part)).entries).toEqual([]);
    // And into an empty registry it brings the same.
    const before = (await listNodes(db)).map(
      ({ id: _id, created: _created, updated: _updated, ...rest }) => rest,
    );
    await apply('{}', { prune: true });
    await apply(text);
    const after = (await listNodes(db)).map(
      ({ id: _id, created: _created, updated: _updated, ...rest }) => rest,
    );
    expect(after).toEqual(before);
  });
});
