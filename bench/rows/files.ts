/** Files of 1,000 nodes as the boot server makes them: at first, nothing changed, one template changed. */
import { join } from 'node:path';
import { openDatabase, type Db } from '../../src/db/database.ts';
import { putContent } from '../../src/files/contents.ts';
import { filesContext, type FilesContext } from '../../src/files/context.ts';
import { renderFiles } from '../../src/files/render.ts';
import { writeChange } from '../../src/node/change.ts';
import { listNodes, type NodeSettings } from '../../src/node/registry.ts';
import type { FileSpec } from '../../src/node/file-schema.ts';
import type { ProfileDocument } from '../../src/node/schema.ts';
import { median, series } from '../measure/series.ts';
import { seconds } from '../report/numbers.ts';
import type { Figure, Row } from '../row.ts';

const actor = { who: 'bench', via: 'cli' } as const;
const SITE = Buffer.alloc(32, 1);

export const files: Row = {
  name: 'files',
  brief: 'node files of 1,000 nodes: at first, nothing changed, one template changed',
  async run(bench) {
    const count = bench.quick ? 50 : 1000;
    const first: number[] = [];
    const same: number[] = [];
    const changed: number[] = [];
    let size = 0;
    for (let round = 0; round < bench.rounds; round++) {
      bench.signal.throwIfAborted();
      await using database = await openDatabase(join(bench.directory, `files-${round}.sqlite`));
      const { db } = database;
      await writeCluster(db, count, round);
      // As a server that has just started.
      const context = filesContext(db, SITE);
      first.push((await all(context)).time);
      const again = await all(context);
      same.push(again.time);
      ({ size } = again);
      await writeProfile(db, `${round} changed`);
      changed.push((await all(context)).time);
      bench.say(
        `files of ${count} nodes: ${[first, same, changed].map((t) => seconds(t.at(-1) ?? 0)).join(', ')}`,
      );
    }
    const figure = (against: string, values: number[], most: number, notes: string[]): Figure => {
      const ours = series(values);
      const limits = { least: Math.min(...ours), most: Math.max(...ours) };
      const result = { value: median(ours), ...limits, ours, of: 'seconds' as const };
      return {
        bench: `files of ${count.toLocaleString('en')} nodes`,
        against,
        goal: { most },
        unit: 'seconds',
        result,
        notes,
      };
    };
    return [
      figure('a server that has just started', first, 2, [
        `${size} files: /etc/hosts of all nodes, two templates with the node in them, one of the whole cluster, a link, a fixed file, ssh host keys.`,
      ]),
      figure('nothing changed', same, 1, ['The registry is read, and host keys are derived, each time.']),
      figure('one template changed', changed, 1, ['A template with the node in it: rendered anew for each.']),
    ];
  },
};

/** One after the other, as a storm asks at its worst: nothing is shared but the caches. */
async function all(context: FilesContext): Promise<{ time: number; size: number }> {
  const start = performance.now();
  let size = 0;
  for (const node of await listNodes(context.db)) size += (await renderFiles(context, node)).length;
  return { time: (performance.now() - start) / 1000, size };
}

async function writeCluster(db: Db, count: number, round: number): Promise<void> {
  await writeProfile(db, String(round));
  const nodes = Array.from({ length: count }, (_, i): { name: string; after: NodeSettings } => ({
    name: `n${i}`,
    after: {
      profiles: ['compute'],
      tags: { rack: `r${i >> 5}` },
      address: `10.0.${i >> 8}.${i & 255}`,
      interfaces: {
        eth0: { mac: `52:54:00:00:${hex(i >> 8)}:${hex(i & 255)}` },
        ib0: { address: `10.1.${i >> 8}.${i & 255}/16` },
      },
    },
  }));
  await db.transaction().execute((t) =>
    writeChange(
      t,
      actor,
      'bench',
      nodes.map((node) => ({ kind: 'node', ...node })),
    ),
  );
}

async function writeProfile(db: Db, text: string): Promise<void> {
  const row = await db
    .selectFrom('preset')
    .select('document')
    .where('name', '=', 'compute')
    .executeTakeFirst();
  const before = row && (JSON.parse(row.document) as ProfileDocument);
  const content = async (one: string): Promise<FileSpec> => ({
    content: await putContent(db, '/x', Buffer.from(one)),
  });
  const after: ProfileDocument = {
    variables: { slots: 64 },
    files: {
      '/etc/hosts': { builtin: 'hosts' },
      '/etc/motd': {
        ...(await content(`{{ node.name }} in {{ node.tags.rack }}, ${text}\n`)),
        template: true,
      },
      '/etc/job.conf': {
        ...(await content('Name={{ node.name }}\nSlots={{ node.variables.slots }}\n')),
        template: true,
      },
      '/etc/slurm.conf': {
        ...(await content(
          'NodeName={{ cluster.nodes | nodeset }}\n{% for n in cluster.nodes %}{{ n.name }}={{ n.address }}\n{% endfor %}',
        )),
        template: true,
      },
      '/etc/localtime': { link: '/usr/share/zoneinfo/UTC' },
      '/etc/fixed': await content('fixed\n'),
    },
  };
  await db
    .transaction()
    .execute((t) => writeChange(t, actor, 'bench', [{ kind: 'profile', name: 'compute', before, after }]));
}

const hex = (value: number) => value.toString(16).padStart(2, '0');
