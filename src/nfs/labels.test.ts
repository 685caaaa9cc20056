import { expect, test } from 'vitest';
import type { Resolved } from '../image/types.ts';
import { ConfigSchema } from '../system/config.ts';
import type { Installation } from '../system/config.ts';
import { tellLabels, withoutLabels } from './labels.ts';

const config = (nfs: object) => ConfigSchema.parse({ nfs });

test('which servers give no labels', () => {
  expect(withoutLabels(config({ server: 'ganesha' }), true)).toContain('nfs-ganesha');
  expect(withoutLabels(config({ server: 'kernel' }), false)).toContain('without SELinux');
  expect(withoutLabels(config({ server: 'kernel' }), true)).toBeUndefined();
  expect(withoutLabels(config({ server: 'kernel', version: '3' }), true)).toContain('NFSv3');
  expect(withoutLabels(config({ server: 'off' }), false)).toBeUndefined();
});

test('an image without a policy is not spoken of; one that enforces it gets the commands that help', () => {
  const told = (selinux: object | undefined, nfs: object, elsewhere = false) => {
    const messages: string[] = [];
    const image = { generation: { name: 'compute', generation: 3 }, config: { selinux } } as unknown as Resolved; // prettier-ignore
    tellLabels(
      image,
      { config: config(nfs) } as unknown as Installation,
      (event) => void (event.event === 'notice' && messages.push(`${event.level} ${event.message}`)),
      elsewhere,
    );
    return messages.join('\n');
  };
  const ganesha = { server: 'ganesha' };
  expect(told(undefined, ganesha)).toBe('');
  expect(told({ policy: 'targeted', mode: 'enforcing' }, ganesha)).toMatch(
    /^warning compute:3 .*enforcing=0/,
  );
  expect(told({ policy: 'targeted', mode: 'permissive' }, ganesha)).toMatch(/^warning .* nfs_t$/);
  expect(told({ policy: 'targeted', mode: 'enforcing' }, ganesha, true)).toMatch(/^info .*security_label/);
});
