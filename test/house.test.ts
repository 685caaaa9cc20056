/** Set-up and CI, with programs that only note how they were called. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'slipway-house-'));
  mkdirSync(join(checkout, 'bin'));
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function stub(name: string, script: string): void {
  writeFileSync(join(checkout, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(checkout, 'bin', name), 0o755);
}

const env = () => ({ ...process.env, PATH: `${join(checkout, 'bin')}:${process.env['PATH']}` });

test.each([
  {
    what: 'all good',
    make: 'case $1 in test) printf "1 passed, 9 failed\\n...\\n7 passed, 0 failed, 1 skipped\\n";; esac',
    status: 0,
    last: '7 passed, 0 failed, 1 skipped',
  },
  {
    what: 'a test fails',
    make: '[ $1 != test ] || { echo 6 passed, 1 failed, 0 skipped; exit 1; }',
    status: 1,
    last: '6 passed, 1 failed, 0 skipped',
  },
  {
    what: 'lint fails',
    make: 'case $1 in test) echo 7 passed, 0 failed, 0 skipped;; lint) exit 1;; esac',
    status: 1,
    last: '7 passed, 0 failed, 0 skipped',
  },
  {
    what: 'no test ran',
    make: '[ $1 != test ] || echo 0 passed, 0 failed, 0 skipped',
    status: 1,
    last: '0 passed, 0 failed, 0 skipped',
  },
  {
    what: 'tests never began',
    make: '[ $1 != test ] || exit 2',
    status: 1,
    last: '0 passed, 1 failed, 0 skipped',
  },
])('CI: $what', ({ make, status, last }) => {
  mkdirSync(join(checkout, '.ci'));
  cpSync('.ci/run', join(checkout, '.ci/run'));
  stub('make', make);
  const run = spawnSync('bash', [join(checkout, '.ci/run')], { encoding: 'utf8', env: env() });
  expect(run.stdout.split('\n').slice(-2)).toEqual([last, '']);
  expect(run.status).toBe(status);
});

const NEEDS = `# comment
run   sh                       there      there      there      x
run   no-such-tool,/no/file    pkg-deb    pkg-rpm    pkg-suse   x
run   /no/other                pkg-deb    pkg-rpm    pkg-suse   x
run   no-such-third            third-deb  -          -          third
test  no-such-test-tool        test-deb   test-rpm   test-suse  y
`;

test.each([
  {
    id: 'ID=debian',
    sets: ['run'],
    calls: ['apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends pkg-deb third-deb'],
  },
  {
    id: 'ID=neon\nID_LIKE="ubuntu debian"',
    sets: ['test'],
    calls: ['apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends test-deb'],
  },
  {
    id: 'ID="rocky"\nID_LIKE="rhel centos fedora"',
    sets: ['run', 'test'],
    calls: ['dnf install -y --setopt=install_weak_deps=False pkg-rpm test-rpm'],
  },
  {
    id: 'ID="opensuse-leap"\nID_LIKE="suse opensuse"',
    sets: ['run'],
    calls: ['zypper --non-interactive install --no-recommends pkg-suse'],
  },
  { id: 'ID=alpine', sets: ['run'], calls: [], status: 1 },
])('set-up on $id installs only what is missing', ({ id, sets, calls, status = 0 }) => {
  mkdirSync(join(checkout, 'scripts'));
  mkdirSync(join(checkout, 'node_modules'));
  cpSync('scripts/setup.sh', join(checkout, 'scripts/setup.sh'));
  writeFileSync(join(checkout, 'scripts/needs.txt'), NEEDS);
  for (const file of ['package-lock.json', 'node_modules/.slipway-installed'])
    writeFileSync(join(checkout, file), '{}');
  writeFileSync(join(checkout, 'os-release'), `${id}\n`);
  const log = join(checkout, 'calls');
  writeFileSync(log, '');
  for (const tool of ['apt-get', 'dnf', 'zypper']) stub(tool, `echo "${tool} $*" >>${log}`);
  const script = 'mount --bind "$1/os-release" /etc/os-release && shift && exec "$@"';
  const argv = [
    '--mount',
    'sh',
    '-c',
    script,
    'sh',
    checkout,
    'bash',
    join(checkout, 'scripts/setup.sh'),
    ...sets,
  ];
  const run = spawnSync('unshare', argv, { encoding: 'utf8', env: env() });
  expect({
    status: run.status,
    calls: readFileSync(log, 'utf8').split('\n').filter(Boolean),
    stderr: run.stderr,
  }).toMatchObject({ status, calls });
});
