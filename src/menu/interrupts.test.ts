import { expect, test, vi } from 'vitest';
import { Interrupts } from './interrupts.ts';

test('a terminal that is gone stops the work cleanly, however often it says so; a second Ctrl-C kills', () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  try {
    using interrupts = new Interrupts(() => {});
    interrupts.hangUp();
    interrupts.hangUp();
    expect(interrupts.end).toBe(129);
    expect(interrupts.signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
    interrupts.interrupt();
    expect(exit).toHaveBeenCalledWith(130);
  } finally {
    exit.mockRestore();
  }
});
