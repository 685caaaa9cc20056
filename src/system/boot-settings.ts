/** Settings that the configuration has for all nodes, and the registry for single ones. */
import { z } from 'zod';

export const Overlay = z
  .string()
  .regex(
    /^(tmpfs|zram) ([1-9]\d?%|100%|[1-9]\d{0,5}[MG])$/,
    'must be tmpfs or zram, a blank, and a size such as 50% or 2G',
  );

export const TrapAction = z.enum(['shell', 'poweroff', 'reboot', 'halt']);
