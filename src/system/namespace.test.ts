import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace } from './namespace.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-namespace-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** In a host of its own: a namespace is opened there, then something is unmounted and something is mounted in it. */
const program = (mounted: string) => `
  import { spawnSync } from 'node:child_process';
  import { Namespace } from ${JSON.stringify(new URL('namespace.ts', import.meta.url).href)};
  const sh = (text) => spawnSync('sh', ['-ec', text], { encoding: 'utf8' }).stdout;
  await using inside = await Namespace.open();
  sh('umount ${mounted}');
  await inside.run(['mount', '-t', 'tmpfs', 'inside', '/mnt']);
  console.log(JSON.stringify({ inside: (await inside.run(['cat', '/proc/self/mountinfo'])).stdout, host: sh('cat /proc/self/mountinfo') }));
`;

describe('private namespaces', () => {
  it('hold nothing that the host unmounts, and mount nothing on it', async () => {
    await using host = await Namespace.open();
    await host.run(['mount', '--make-rshared', '/']);
    await host.run(['mount', '-t', 'tmpfs', 'of-the-host', directory]);
    const argv = [process.execPath, '--input-type=module-typescript', '-e', program(directory)];
    const { stdout } = await host.run(argv);
    const seen = JSON.parse(stdout) as { inside: string; host: string };
    expect(seen.inside).toContain(' - tmpfs inside ');
    expect(seen.inside).not.toContain('of-the-host');
    expect(seen.host).not.toContain(' - tmpfs inside ');
  });
});
