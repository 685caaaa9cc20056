import { describe, expect, test } from 'vitest';
import { digestOf, fakeImage } from '../boot/fixture.ts';
import { loadInstallation } from '../system/config.ts';
import { silent } from '../system/events.ts';
import { findMode, modes } from './index.ts';

const installation = loadInstallation('/nonexistent');

describe.each(modes)('mode $name', (mode) => {
  test('is found by its name and says it in node.conf', () => {
    expect(findMode(mode.name)).toBe(mode);
    const conf = mode.nodeConf({ image: fakeImage(), installation, node: { name: 'n1' } });
    expect(conf.filter(([key]) => key === 'mode')).toEqual([['mode', mode.name]]);
  });

  test('takes a good image, and publishing twice is as good as once', async () => {
    const context = { image: fakeImage(), installation, sink: silent };
    mode.check(context.image);
    await mode.publish(context);
    await mode.publish(context);
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
