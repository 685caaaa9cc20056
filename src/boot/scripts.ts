/** The iPXE scripts of a boot. Delays grow and differ, so that nodes that start together do not come back together. */
import { randomInt } from 'node:crypto';
import { command, echo, ipxeWord, plainText, script, setting, verbatim } from './ipxe.ts';
import { COMMAND_LINE_LIMIT } from './kernel-arguments.ts';
import { fail } from './errors.ts';

/** Seconds before the second, third, … attempt: a random part is added. */
const DELAYS = [2, 5, 10, 20, 40];

/**
 * Where iPXE starts: asks for the node's script until it gets one.
 * @param server base URL without a slash at the end
 * @param syslog address for what iPXE says; one built without CONSOLE_SYSLOG keeps it to itself
 */
export function startScript(server: string, syslog?: string): string {
  const query = Object.entries({ mac: 'netX/mac', uuid: 'uuid', platform: 'platform', arch: 'buildarch' });
  const asked = query.map(([key, name]) => `${key}=${setting(name)}`).join('&');
  const url = verbatim(`${ipxeWord(`${server}/boot/node.ipxe`)}?${asked}`);
  const attempts = DELAYS.flatMap((delay, index) => [
    ...(index === DELAYS.length - 1 ? [':again'] : []),
    // A script that was fetched replaces this one: what follows is reached only when the server did not answer.
    command('chain', '--replace', '--autofree', url, verbatim('||')),
    echo(`slipway: no answer from ${server}, trying again`),
    command('sleep', String(delay + randomInt(delay + 1))),
  ]);
  const log = syslog === undefined ? [] : [command('set', 'syslog', syslog, verbatim('||'))];
  return script(...log, ...attempts, 'goto again');
}

export interface NodeScript {
  server: string;
  node: string;
  /** `name:generation` */
  image: string;
  mode: string;
  session: string;
  /** Digests of the blobs. */
  kernel: string;
  initramfs: string;
  /** `root=` and what belongs to it. */
  root: readonly string[];
  /** Tell dracut's network modules to ask by DHCP, on the interface that iPXE booted from. dracut.cmdline(7) */
  dracutNetwork?: boolean;
  /** Kernel arguments of image, mode and node, in this order. */
  arguments: readonly string[];
}

/**
 * What a node boots. A failed download begins anew after a while, with a new session.
 * @throws SlipwayError `boot/long-command-line`, `boot/ipxe-word`
 */
export function nodeScript(boot: NodeScript): string {
  const blob = (digest: string) => `${boot.server}/blobs/${digest.replace(':', '/')}`;
  const net = ['netX/mac', 'netX/ip', 'netX/netmask', 'netX/gateway', 'netX/dns'].map(setting).join(',');
  const own = [...boot.root, 'rw', `slipway.session=${boot.session}`];
  const bootif = boot.dracutNetwork ? [verbatim(`BOOTIF=01-${setting('netX/mac:hexhyp')}`)] : [];
  if (boot.dracutNetwork) own.push('rd.neednet=1', 'ip=dhcp');
  const initrds = ['initrd=initramfs.img', 'initrd=node.img'];
  const length = [
    ...own,
    `slipway.net=${NET_ROOM}`,
    ...bootif.map(() => BOOTIF_ROOM),
    ...initrds,
    ...boot.arguments,
  ].join(' ').length;
  if (length > COMMAND_LINE_LIMIT)
    throw fail('long-command-line', { node: boot.node, length, limit: COMMAND_LINE_LIMIT });
  const orRetry = verbatim('|| goto failed');
  return script(
    `# node ${boot.node}, image ${boot.image}, mode ${boot.mode}, session ${boot.session}`,
    command(
      'kernel',
      blob(boot.kernel),
      ...own,
      verbatim(`slipway.net=${net}`),
      ...bootif,
      ...initrds,
      ...boot.arguments,
      orRetry,
    ),
    command('initrd', '--name', 'initramfs.img', blob(boot.initramfs), orRetry),
    command('initrd', '--name', 'node.img', `${boot.server}/boot/session/${boot.session}/node.cpio`, orRetry),
    'boot || goto failed',
    ':failed',
    echo(`slipway: could not load ${boot.image}, trying again`),
    command('sleep', String(5 + randomInt(20))),
    'imgfree ||',
    command('chain', '--replace', '--autofree', `${boot.server}/boot/start.ipxe`, verbatim('|| goto failed')),
  );
}

/** Longest that iPXE puts in for slipway.net: a MAC and four IPv4 addresses. */
const NET_ROOM = 'x'.repeat(17 + 4 * 16);

const BOOTIF_ROOM = 'x'.repeat('BOOTIF=01-'.length + 17);

/** Boots from the local disk. On UEFI that is what the firmware does next. `why` is shown. */
export function localScript(why: string): string {
  return script(
    echo(`slipway: ${why}`),
    command(
      'iseq',
      verbatim(setting('platform')),
      'pcbios',
      verbatim('&& sanboot --no-describe --drive 0x80 ||'),
    ),
    'exit',
  );
}

/** Leaves iPXE, so that the firmware goes on with what it has next. */
export function nextScript(why: string): string {
  return script(echo(`slipway: ${why}`), 'exit');
}

/**
 * Goes on with the script of another tool, with variables that it may use.
 * @throws SlipwayError `boot/ipxe-word`
 */
export function targetScript(
  server: string,
  url: string,
  variables: Readonly<Record<string, string>>,
): string {
  const set = Object.entries(variables).map(([name, value]) =>
    value === '' ? command('clear', name, verbatim('||')) : command('set', name, ...value.split(' ')),
  );
  return script(
    ...set,
    echo(`slipway: going on with ${url}`),
    command('chain', '--replace', '--autofree', url, verbatim('||')),
    echo(`slipway: no script from ${url}, trying again`),
    command('sleep', String(5 + randomInt(20))),
    command('chain', '--replace', '--autofree', `${server}/boot/start.ipxe`, verbatim('|| reboot')),
  );
}

/** Tells what is wrong and asks again later: the fault is the administrator's, the node should come up once it is mended. */
export function waitScript(server: string, why: string, todo?: string): string {
  return script(
    `# ${plainText(why)}`,
    echo(`slipway: ${why}`),
    ...(todo === undefined ? [] : [echo(`slipway: ${todo}`)]),
    command('sleep', String(30 + randomInt(60))),
    command('chain', '--replace', '--autofree', `${server}/boot/start.ipxe`, verbatim('|| reboot')),
  );
}
