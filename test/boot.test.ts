/**
 * Boots a real image in virtual machines: firmware, iPXE, DHCP, server, initramfs
 * and system are the real ones. Slow, and slower without KVM, so limits are wide
 * and nothing depends on how long a stage takes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootHistory, bootLog } from '../src/boot/history.ts';
import { whyNotReady } from '../src/boot/why.ts';
import { openDatabase } from '../src/db/database.ts';
import { Catalog } from '../src/image/catalog.ts';
import { loadInstallation, type Installation } from '../src/system/config.ts';
import type { SlipwayEvent, Tested } from '../src/system/events.ts';
import { run, start } from '../src/system/process.ts';
import { reconcileWork } from '../src/system/workdir.ts';
import { imageTest, type ImageTestOptions } from '../src/vm/image-test.ts';
import { cachedImage, CHECKOUT, privateCopy, SLIPWAY, type CachedImage } from './support/image-cache.ts';

const MINUTES = 60_000;
/** As `bin/slipway` does it. */
const COMMAND_LINE = [process.execPath, join(CHECKOUT, 'src/cli/start.js')];

let image: CachedImage;
beforeAll(async () => void (image = await cachedImage()), 15 * MINUTES);

/** The command, and the last line that it prints. */
async function commandLine(root: string, words: string[]): Promise<{ code: number; tested: Tested }> {
  const argv = [SLIPWAY, 'image', 'test', ...words, '--json'];
  const { code, stdout } = await run(argv, { env: { SLIPWAY_ROOT: root }, okCodes: [0, 1] });
  return { code, tested: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Tested };
}

async function test(
  installation: Installation,
  options: Partial<ImageTestOptions>,
): Promise<Tested & { events: SlipwayEvent[] }> {
  const events: SlipwayEvent[] = [];
  const sink = (event: SlipwayEvent) => void events.push(event);
  const tested = await imageTest(installation, image.ref, {
    serverCommand: COMMAND_LINE,
    sink,
    memory: '1G',
    ...options,
  });
  return { ...tested, events };
}

/** A server whose registry is kept, and what the flight recorder wrote in it of the boot. */
function recording(installation: Installation, command = COMMAND_LINE) {
  const directory = join(installation.paths.root, 'kept');
  const serverCommand = [
    process.execPath,
    join(import.meta.dirname, 'support/keeping-server.ts'),
    directory,
    ...command,
  ];
  const recorded = async () => {
    await using database = await openDatabase(join(directory, 'registry.sqlite'));
    const { db } = database;
    const [boot] = await bootHistory(db, 'test');
    return { boot, why: await whyNotReady(db, 'test', true), lines: await bootLog(db, 'test') };
  };
  return { serverCommand, recorded };
}

const names = (tested: Tested) => [...new Set(tested.stages.map((stage) => stage.name))];
const WHOLE = ['ipxe', 'loaded', 'initramfs', 'manifest', 'layer', 'root', 'switch-root'];

describe('an image boots', () => {
  const COMPUTE = ['grep -x "cluster = green" /etc/cluster.conf', 'id operator', 'systemctl is-active ssh'];
  it.each([
    { firmware: 'bios', recipe: 'debian-minimal', more: [] },
    { firmware: 'uefi', recipe: 'debian-minimal', more: [] },
    { firmware: 'bios', recipe: 'debian-compute', more: COMPUTE },
    { firmware: 'uefi', recipe: 'debian-compute', more: COMPUTE },
  ])(
    '$recipe on $firmware, and says so itself',
    async ({ firmware, recipe, more }) => {
      const example = await cachedImage(`examples/${recipe}.yml`);
      const checks = [
        'test "$(cat /etc/hostname)" = test',
        'findmnt --noheadings --types overlay /',
        ...more,
      ];
      const words = [
        example.ref,
        '--firmware',
        firmware,
        '--memory',
        '1G',
        ...checks.flatMap((c) => ['--check', c]),
      ];
      const { code, tested } = await commandLine(example.root, words);
      expect(tested).toMatchObject({ event: 'tested', result: 'pass' });
      expect(code).toBe(0);
      expect(names(tested)).toEqual([...WHOLE, 'services', 'check', 'ready']);
      const seconds = tested.stages.map((stage) => stage.seconds);
      expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
      expect(await readFile(tested.console, 'utf8')).toContain('iPXE');
    },
    6 * MINUTES,
  );

  it(
    'with whiteouts, opaque directories, xattrs, capabilities, ACLs, hard links, holes and pipes as they were built',
    async () => {
      const special = await cachedImage('test/recipes/special.yml');
      const checks = [
        'cd /special && test "$(ls -1 | tr "\\n" " ")" = "acl capable hard1 hard2 link opaque pipe replaced sparse suid "',
        'test "$(ls /special/opaque)" = upper && test -d /special/replaced && test -z "$(ls /special/replaced)"',
        'test "$(cat /special/link)" = upper && test ! -L /special/link',
        'test "$(stat -c "%a %u:%g" /special/suid)" = "6711 12:34"',
        'test "$(getfattr --only-values -n user.colour /special/suid)" = blue',
        'getcap /special/capable | grep -q cap_net_raw=ep',
        'getfacl -cn /special/acl | grep -x user:1234:r--',
        'test "$(stat -c "%h %i" /special/hard1)" = "$(stat -c "%h %i" /special/hard2)" && test "$(stat -c %h /special/hard1)" = 2',
        'test "$(stat -c %s /special/sparse)" = 314572800 && test -p /special/pipe',
      ];
      const words = [special.ref, '--memory', '1G', ...checks.flatMap((c) => ['--check', c])];
      const { tested } = await commandLine(special.root, words);
      expect(tested.reason).toBeUndefined();
      expect(tested.result).toBe('pass');
      const catalog = await Catalog.open(loadInstallation(special.root).paths);
      const { config } = await catalog.resolve(special.ref);
      expect(new Set(config.layers.map((l) => l.format))).toEqual(new Set(['squashfs', 'erofs']));
    },
    10 * MINUTES,
  );

  it(
    'from a plain PXE firmware, which loads iPXE by TFTP; a failing check fails the test',
    async () => {
      await using copy = await privateCopy(image);
      const { serverCommand, recorded } = recording(copy.installation);
      const tested = await test(copy.installation, {
        firmware: 'uefi',
        plainPxe: true,
        checks: ['true', 'echo no; exit 3'],
        serverCommand,
      });
      expect(tested).toMatchObject({ result: 'fail', reason: 'check "echo no; exit 3": exit code 3: no' });
      expect(names(tested)).toEqual([...WHOLE, 'services', 'check', 'ready']);
      // The flight recorder has what only the server saw, and what the node said.
      const { boot, why, lines } = await recorded();
      const stages = boot?.stages.map((stage) => stage.name) ?? [];
      expect([...new Set(stages)]).toEqual([
        'dhcp',
        'ipxe',
        'kernel',
        'initrd',
        'loaded',
        'initramfs',
        'manifest',
        'layer',
        'root',
        'switch-root',
        'services',
        'check',
        'ready',
      ]);
      const details = (name: string) =>
        boot?.stages.filter((stage) => stage.name === name).map((stage) => stage.detail);
      expect(details('dhcp')).toEqual(['firmware, x64', 'iPXE, x64']);
      expect(details('services')?.[0]).toMatch(/basic \d+\.\d s, .*multi-user \d+\.\d s$/);
      for (const name of ['kernel', 'initrd', 'layer'])
        for (const stage of boot?.stages.filter((one) => one.name === name) ?? []) {
          expect(stage.bytes).toBeGreaterThan(0);
          expect(stage.spent).toBeGreaterThanOrEqual(0);
        }
      expect(why).toMatchObject({ state: 'ready', cause: { class: 'check' } });
      const said = (source: string) =>
        lines.filter((line) => line.source === source).map((line) => line.line);
      expect(said('dmesg').join('\n')).toMatch(/Linux version/);
      expect(said('boot.log').join('\n')).toContain('slipway: root is ready after');
      const server = await serverLog(copy.installation);
      expect(server).toMatch(/sent \S*\.efi to /);
    },
    6 * MINUTES,
  );

  it(
    'though the server is killed in the middle of a download: the node resumes',
    async () => {
      await using copy = await privateCopy(image);
      const flaky = [process.execPath, join(import.meta.dirname, 'support/flaky-server.ts'), ...COMMAND_LINE];
      const { serverCommand, recorded } = recording(copy.installation, flaky);
      const tested = await test(copy.installation, { serverCommand });
      expect(tested).toMatchObject({ result: 'pass' });
      // From the first trouble on the node sends its lines by UDP; while nobody listened they were lost.
      const { boot, lines } = await recorded();
      expect(boot?.state).toBe('ready');
      const said = lines.filter((line) => line.source === 'syslog').map((line) => line.line);
      expect(said.join('\n')).toMatch(/slipway: layer \d\/\d: .*verified/);
      const requests = (await serverLog(copy.installation)).split('\n');
      expect(requests.filter((line) => line.includes('"kind":"listening"'))).toHaveLength(2);
      expect(requests.filter((line) => /GET \/blobs\/sha256\/[0-9a-f]{64} 206/.test(line))).not.toHaveLength(
        0,
      );
    },
    6 * MINUTES,
  );
});

describe('a boot fails and says why', () => {
  it(
    'when a layer is corrupt: the node refuses it, tries again, and ends in the trap',
    async () => {
      await using copy = await privateCopy(image);
      const { installation } = copy;
      installation.config.attempts = 3;
      const catalog = await Catalog.open(installation.paths);
      const { layers } = await catalog.resolve(image.ref);
      const smallest = layers.toSorted((a, b) => a.size - b.size)[0];
      const file = catalog.blobPath(smallest?.digest ?? '');
      const bytes = await readFile(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await rm(file);
      await writeFile(file, bytes);
      const { serverCommand, recorded } = recording(installation);
      const tested = await test(installation, { serverCommand });
      expect(tested.result).toBe('fail');
      expect(tested.reason).toMatch(/^trap layer-corrupt .*\(3 times\)/);
      const { why, lines } = await recorded();
      expect(why).toMatchObject({ state: 'failed', stage: 'trap', cause: { class: 'layer-corrupt' } });
      expect(lines.some((line) => line.authentic && line.line.includes('wrong content'))).toBe(true);
      expect(names(tested)).not.toContain('root');
      expect(shown(tested.events)).toContain('wrong content, thrown away');
    },
    6 * MINUTES,
  );

  it(
    'when there is too little memory: before it downloads, with the numbers',
    async () => {
      await using copy = await privateCopy(image);
      const tested = await test(copy.installation, { memory: '256M' });
      expect(tested.result).toBe('fail');
      expect(tested.reason).toMatch(/^trap memory .*needed \d+ MiB .*total \d+ MiB, available \d+ MiB/);
      expect(names(tested)).not.toContain('layer');
      expect(shown(tested.events)).toContain('slipway: trap: memory');
    },
    6 * MINUTES,
  );
});

describe('a kernel that panics', () => {
  it(
    'sends its last words, and why names the cause',
    async () => {
      await using copy = await privateCopy(image);
      const { serverCommand, recorded } = recording(copy.installation);
      const tested = await test(copy.installation, {
        serverCommand,
        checks: ['echo c >/proc/sysrq-trigger'],
      });
      expect(tested.result).toBe('fail');
      const { why, lines } = await recorded();
      expect(why).toMatchObject({
        state: 'failed',
        cause: { class: 'panic', detail: expect.stringContaining('sysrq triggered crash') as string },
      });
      // By UDP from the kernel itself; with the token what it said before.
      expect(lines.find((line) => line.line.includes('Kernel panic'))).toMatchObject({
        source: 'netconsole',
        authentic: false,
      });
      expect(lines.some((line) => line.source === 'dmesg' && line.authentic)).toBe(true);
    },
    6 * MINUTES,
  );
});

describe('nothing is left', () => {
  it.each([
    ['kill -9', 'SIGKILL'],
    ['Ctrl-C', 'SIGINT'],
  ] as const)(
    'after %s',
    async (_, signal) => {
      await using copy = await privateCopy(image);
      const { paths } = copy.installation;
      const before = hostState();
      const booting = Promise.withResolvers<void>();
      const child = start([SLIPWAY, 'image', 'test', image.ref, '--json'], {
        env: { SLIPWAY_ROOT: paths.root },
        okCodes: [130],
        onLine: (line) => line.includes('test: ipxe') && booting.resolve(),
      });
      await Promise.race([booting.promise, child.done]);
      const family = descendants(child.pid);
      expect(family.map(programOf).join(' ')).toMatch(/qemu/);
      process.kill(child.pid, signal);
      if (signal === 'SIGINT') expect((await child.done).code).toBe(130);
      else await expect(child.done).rejects.toThrow('SIGKILL');
      for (let i = 0; i < 200 && family.some((pid) => existsSync(`/proc/${pid}`)); i++) await sleep(50);
      expect(family.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
      expect(hostState()).toEqual(before);
      // The files of the killed one are removed by whoever comes next.
      const removed = await reconcileWork(paths);
      expect(removed.map((name) => name.replace(/-[0-9a-f]+$/, ''))).toEqual(
        signal === 'SIGKILL' ? ['image-test'] : [],
      );
      expect(await readdir(paths.work)).toEqual(['locks']);
    },
    4 * MINUTES,
  );
});

async function serverLog({ paths }: Installation): Promise<string> {
  const directory = join(paths.logs, 'boot-tests');
  const file = (await readdir(directory)).find((name) => name.endsWith('.server.log')) ?? '';
  return await readFile(join(directory, file), 'utf8');
}

/** What a failure shows of the console. */
function shown(events: SlipwayEvent[]): string {
  return events.flatMap((event) => (event.event === 'notice' ? (event.lines ?? []) : [])).join('\n');
}

function descendants(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [...children, ...children.flatMap(descendants)];
}

function programOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

function hostState() {
  return { interfaces: Object.keys(networkInterfaces()), mounts: readFileSync('/proc/self/mounts', 'utf8') };
}
