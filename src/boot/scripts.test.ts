import { expect, test } from 'vitest';
import { localScript, nodeScript, startScript, waitScript } from './scripts.ts';

const boot = {
  server: 'http://192.0.2.1:8080',
  node: 'n1',
  image: 'compute:7',
  mode: 'ram',
  session: '9f'.repeat(16),
  kernel: `sha256:${'c'.repeat(64)}`,
  initramfs: `sha256:${'d'.repeat(64)}`,
  root: ['root=slipway'],
  arguments: ['console=ttyS0', 'quiet'],
};

test('a node gets everything by digest, its session, and its arguments in order', () => {
  const lines = nodeScript(boot).split('\n');
  expect(lines[0]).toBe('#!ipxe');
  expect(lines[2]).toBe(
    `kernel http://192.0.2.1:8080/blobs/sha256/${'c'.repeat(64)} root=slipway rw slipway.session=${boot.session} ` +
      'slipway.net=${netX/mac},${netX/ip},${netX/netmask},${netX/gateway},${netX/dns} ' +
      'initrd=initramfs.img initrd=node.img console=ttyS0 quiet || goto failed',
  );
  expect(lines[3]).toBe(
    `initrd --name initramfs.img http://192.0.2.1:8080/blobs/sha256/${'d'.repeat(64)} || goto failed`,
  );
  expect(lines[4]).toBe(
    `initrd --name node.img http://192.0.2.1:8080/boot/session/${boot.session}/node.cpio || goto failed`,
  );
  expect(lines[5]).toBe('boot || goto failed');
});

test("a mode with dracut's own network says on which interface", () => {
  const line = nodeScript({
    ...boot,
    root: ['root=live:http://192.0.2.1:8080/x', 'y=1'],
    dracutNetwork: true,
  }).split('\n')[2];
  expect(line).toContain(
    ` root=live:http://192.0.2.1:8080/x y=1 rw slipway.session=${boot.session} rd.neednet=1 ip=dhcp `,
  );
  expect(line).toContain(' BOOTIF=01-${netX/mac:hexhyp} ');
});

test('a line that the kernel would cut off is refused', () => {
  const long = { ...boot, arguments: Array.from({ length: 250 }, (_, i) => `x=${i}`) };
  expect(nodeScript(long)).toContain('x=249');
  long.arguments.push('y='.padEnd(600, 'y'));
  expect(() => nodeScript(long)).toThrow(expect.objectContaining({ code: 'boot/long-command-line' }));
});

test('hostile arguments and hosts do not get into a script', () => {
  for (const argument of ['a\nchain http://evil/', 'x || shell', '${net0/mac}', '#'])
    expect(() => nodeScript({ ...boot, arguments: [argument] })).toThrow(/iPXE cannot/);
  expect(() => startScript('http://a\nshell')).toThrow(/iPXE cannot/);
  expect(() => startScript('http://${x}')).toThrow(/iPXE cannot/);
});

test('the start script asks with growing delays, for ever', () => {
  const text = startScript('http://192.0.2.1:8080');
  const delays = [...text.matchAll(/^sleep (\d+)$/gm)].map((match) => Number(match[1]));
  expect(delays).toHaveLength(5);
  expect(delays[0]).toBeLessThanOrEqual(4);
  expect(delays[4]).toBeGreaterThanOrEqual(40);
  expect(text).toContain(
    'chain --replace --autofree http://192.0.2.1:8080/boot/node.ipxe?mac=${netX/mac}&uuid=${uuid}&platform=${platform}&arch=${buildarch} ||\n',
  );
  expect(text.trimEnd().split('\n').at(-1)).toBe('goto again');
});

test('what is said to people cannot command', () => {
  for (const text of [localScript('x\nshell ; ${a}'), waitScript('http://a', 'x\nshell || ${a}')]) {
    expect(text).not.toMatch(/^shell/m);
    expect(text).not.toContain('${a}');
  }
});
