/**
 * A process that works on a registry, for tests with several of them: registry-child.ts FILE WORK [NAME].
 * With KILL_AT it kills itself (SIGKILL) before its Nth statement; without it counts, and prints the count.
 */
import { StatementSync } from 'node:sqlite';
import { writeSync } from 'node:fs';
import { openDatabase } from '../../src/db/database.ts';
import { applyPlan } from '../../src/node/cluster/apply.ts';
import { readCluster } from '../../src/node/cluster/load.ts';
import { planCluster } from '../../src/node/cluster/plan.ts';
import { wantedOf } from '../../src/node/cluster/wanted.ts';
import { setNodes } from '../../src/node/registry.ts';
import { SlipwayError } from '../../src/system/errors.ts';

const [file = '', work = '', name = ''] = process.argv.slice(2);
const killAt = Number(process.env['KILL_AT'] ?? Infinity);

await using database = await openDatabase(file);
const { db } = database;
const actor = { who: name || 'child', via: 'cli' } as const;

async function apply(text: string): Promise<void> {
  const wanted = await wantedOf([readCluster(text, 'cluster.yml')]);
  await applyPlan(db, await planCluster(db, wanted), 'apply', actor);
}

if (work === 'apply') {
  let count = 0;
  const table = StatementSync.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const verb of ['run', 'all'] as const) {
    const original = table[verb];
    table[verb] = function (this: unknown, ...args: unknown[]) {
      if (++count === killAt) process.kill(process.pid, 'SIGKILL');
      return original?.apply(this, args);
    };
  }
  await apply(`
profiles: { new: { files: { /etc/motd: { content: "x" } } } }
nodes:
  n[1-600]: { image: "new:1", macs: ["52:54:00:01:[00-02]:[00-c7]"], profiles: [new] }
`);
  if (killAt === Infinity) writeSync(1, `${count}\n`);
} else if (work === 'set') {
  for (let i = 0; i < 15; i++) await setNodes(db, 'n1', { tags: { [name]: String(i) } }, { actor });
} else if (work === 'race') {
  // What was planned for an older registry is refused, and planned anew.
  for (let done = 0, tries = 0; done < 8; tries++)
    try {
      await apply(`nodes: { ${name}${done}: { tags: { tries: "${tries}" } } }`);
      done++;
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code !== 'cluster/changed-meanwhile') throw error;
    }
}
