import { expect, test } from 'vitest';
import type { Resolved } from '../image/types.ts';
import { tellLabels } from './labels.ts';

test('an image without a policy is not spoken of; one that enforces it gets the command that helps', () => {
  const told = (selinux: object | undefined) => {
    const messages: string[] = [];
    const image = { generation: { name: 'compute', generation: 3 }, config: { selinux } } as unknown as Resolved; // prettier-ignore
    tellLabels(
      image,
      (event) => void (event.event === 'notice' && messages.push(`${event.level} ${event.message}`)),
    );
    return messages.join('\n');
  };
  expect(told(undefined)).toBe('');
  expect(told({ policy: 'targeted', mode: 'enforcing' })).toMatch(/^warning compute:3 .*enforcing=0/);
  expect(told({ policy: 'targeted', mode: 'permissive' })).toMatch(/^warning compute:3 .* nfs_t$/);
});
