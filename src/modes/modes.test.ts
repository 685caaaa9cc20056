import { describe, expect, test } from 'vitest';
import { digestOf, fakeImage } from '../boot/fixture.ts';
import { loadInstallation } from '../system/config.ts';
import { silent } from '../system/events.ts';
import { testCatalog } from '../../test/support/catalog.ts';
import { findMode, modes } from './index.ts';

const installation = loadInstallation('/nonexistent');

/** An image that every mode can boot. */
function published() {
  const image = fakeImage();
  const blobs = {
    root: { digest: digestOf('1'), size: 900 },
    initramfs: { digest: digestOf('2'), size: 50 },
  };
  const options = { size: 'auto', filesystem: 'ext4', bytes: 512 * 2 ** 20, used: 300 * 2 ** 20 };
  const record = { mode: 'livenet', image: image.generation.digest, created: '', key: 'k', blobs, options };
  const tree = { ...record, mode: 'readonly', blobs: {}, options: { bytes: 900, default: 'tables' } };
  return { ...image, published: [record, tree] };
}

describe.each(modes)('mode $name', (mode) => {
  test('is found by its name and says it in node.conf', () => {
    expect(findMode(mode.name)).toBe(mode);
    const kept = { own: { path: '/srv/slipway/nodes/compute/n1' }, host: '192.0.2.1' };
    const conf = mode.nodeConf({ image: published(), installation, node: { name: 'n1' }, ...kept });
    expect(conf.filter(([key]) => key === 'mode')).toEqual([['mode', mode.name]]);
  });

  test('takes a good image, and publishing twice is as good as once', async () => {
    await using t = await testCatalog();
    const here = { ...installation, paths: t.catalog.paths };
    const context = {
      image: published(),
      installation: here,
      catalog: t.catalog,
      options: {},
      sink: silent,
    };
    mode.check(context.image);
    // The others work on images that are there: test/livenet.test.ts, test/nfs-boot.test.ts.
    if (['ram', 'demo'].includes(mode.name)) {
      await mode.publish(context);
      await mode.publish(context);
    }
    await mode.unpublish(context);
  });
});

test('an unknown mode is answered with the nearest one', () => {
  expect(() => findMode('rma')).toThrow(
    expect.objectContaining({ code: 'boot/no-mode', todo: 'Did you mean ram?' }),
  );
});

describe('ram', () => {
  const ram = findMode('ram');
  const unbootable = expect.objectContaining({ code: 'boot/unbootable' });

  test('counts what is fetched and what stays in memory', () => {
    expect(ram.estimate(fakeImage())).toEqual({ download: 1234, memory: 1200, server: 0 });
  });

  test.each([
    ['without a kernel', { kernel: undefined }],
    ['without an initramfs', { initramfs: undefined }],
    ['without layers', { layers: [] }],
    [
      'with more layers than a node mounts',
      { layers: Array.from({ length: 201 }, () => ({ mediaType: '', digest: digestOf('a'), size: 1 })) },
    ],
    ['that is broken', { generation: { ...fakeImage().generation, state: 'broken' as const } }],
  ])('refuses an image %s', (_, changes) => {
    expect(() => ram.check(fakeImage('x', 1, changes))).toThrow(unbootable);
  });

  test.each(['root=/dev/sda1', 'a b', '${net0/mac}', 'x\n'])(
    'refuses an image whose recipe asks for the kernel argument %j',
    (argument) => {
      const image = fakeImage();
      image.config.kernel?.arguments.push(argument);
      expect(() => ram.check(image)).toThrow(unbootable);
    },
  );
});

test('ram: what the size of the image leaves limits the overlay; a node that says otherwise wins', () => {
  const ram = findMode('ram');
  const image = fakeImage();
  const overlay = (node?: string) =>
    ram
      .nodeConf({ image, installation, node: { name: 'n1', overlay: node } })
      .find(([key]) => key === 'overlay')?.[1];
  expect(overlay()).toBe('tmpfs 50%');
  Object.assign(image.config, { size: 1500 * 2 ** 20, used: 300 * 2 ** 20 + 1 });
  expect(overlay()).toBe('tmpfs 1199M');
  expect(overlay('zram 2G')).toBe('zram 2G');
});

describe('livenet', () => {
  const livenet = findMode('livenet');
  const node = { name: 'n1' };

  test('an image that is not published is refused, with the command that helps', () => {
    const todo = 'Publish it: slipway publish compute:7 --mode livenet.';
    expect(() => livenet.check(fakeImage())).toThrow(
      expect.objectContaining({ code: 'boot/unbootable', todo }),
    );
  });

  test('boots its own initramfs with the arguments that BlueBanquise gives', () => {
    const image = published();
    const boot = livenet.boot({ image, installation, node });
    expect(boot).toMatchObject({ kernel: image.kernel, initramfs: { size: 50 }, dracutNetwork: true });
    expect(boot.root('http://10.0.0.1:8080')).toEqual([
      `root=live:http://10.0.0.1:8080/blobs/sha256/${'1'.repeat(64)}`,
      'rd.live.overlay.size=526',
    ]);
    const timeouts = ['rd.net.timeout.carrier=30', 'rd.net.timeout.ifup=60', 'rd.net.dhcp.retry=4'];
    expect(boot.arguments).toEqual([...timeouts, 'selinux=0']);
    image.config.selinux = { policy: 'targeted', mode: 'enforcing' };
    expect(livenet.boot({ image, installation, node }).arguments).toEqual([...timeouts, 'selinux=1']);
    image.config.kernel?.arguments.push('selinux=1');
    expect(livenet.boot({ image, installation, node }).arguments).toEqual(timeouts);
  });

  test('tells the node what the live image must be', () => {
    expect(livenet.nodeConf({ image: published(), installation, node })).toContainEqual([
      'live',
      `${'1'.repeat(64)} 900`,
    ]);
    expect(livenet.estimate(published())).toEqual({ download: 980, memory: 900, server: 900 });
  });
});
