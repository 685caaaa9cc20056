import { expect, test } from 'vitest';
import { moved, place } from './layout.ts';

test.each([
  ['/bin/bash', '/usr/bin/bash'],
  ['/sbin/init', '/usr/sbin/init'],
  ['/lib/systemd/systemd', '/usr/lib/systemd/systemd'],
  ['/lib/x86_64-linux-gnu/libc.so.6', '/usr/lib64/libc.so.6'],
  ['/lib64/ld-linux-x86-64.so.2', '/usr/lib64/ld-linux-x86-64.so.2'],
  ['/boot/vmlinuz-6.1.0-1', '/usr/lib/modules/6.1.0-1/vmlinuz'],
  ['/etc/passwd', '/etc/passwd'],
  ['/library', '/library'],
])('%s is at %s', (from, to) => {
  expect(place(from)).toBe(to);
});

test.each([
  ['/sbin/init', '/lib/systemd/systemd', '/usr/lib/systemd/systemd'],
  ['/usr/lib/x86_64-linux-gnu/a/b', '../../../share/c', '../../share/c'],
  ['/usr/lib/x86_64-linux-gnu/libx.so', 'libx.so.1', 'libx.so.1'],
  ['/sbin/depmod', '../bin/kmod', '../bin/kmod'],
  // It would lead to itself: both are the same file now.
  ['/lib64/ld-linux-x86-64.so.2', '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', undefined],
])('the link %s to %s becomes %s', (path, link, expected) => {
  expect(moved(path, link)).toBe(expected);
});
