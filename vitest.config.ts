import { defineConfig } from 'vitest/config';

// Tests stand beside what they test; `test/` has those that cross rooms or need real tools and QEMU.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    // Generous: the machine may be shared, and nothing is measured.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
